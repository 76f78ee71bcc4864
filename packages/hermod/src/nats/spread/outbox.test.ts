/** What comes out of the outbox is what went in, whatever it says; and the outbox treats all alike. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprint } from "../../core/dedupe.ts";
import { amend, isVolatile, messageLimit } from "../../core/envelope.ts";
import { fromMap, toMap } from "../../core/envelopemap.ts";
import { envelopes } from "../../core/envelopes.test.kit.ts";
import { tries } from "../../core/samples.test.kit.ts";
import { toAddress } from "../../core/address.ts";
import { OUTBOX, unwrap, wrap } from "./outbox.ts";

const fields = { envelope: envelopes, partition: fc.nat(64), paid: fc.boolean() };
const parcels = fc.record(fields, { noNullPrototype: true });

test("a message comes out of the outbox as it went in, also when the outbox was in a file or far away", () =>
  fc.assert(
    fc.property(parcels, (parcel) => {
      const held = wrap(parcel);
      assert.deepEqual(unwrap(held), parcel);
      assert.deepEqual(unwrap(fromMap(toMap(held))), parcel);
      assert.deepEqual(Object.keys(unwrap(held).envelope), Object.keys(parcel.envelope));
    }),
    tries(500),
  ));

test("in the outbox no message waits, expires, counts or is lost by its own terms", () =>
  fc.assert(
    fc.property(parcels, (parcel) => {
      const held = wrap(parcel);
      assert.deepEqual(
        [held.to, held.notBefore, held.deadline, held.waits],
        [OUTBOX, undefined, undefined, 0],
      );
      assert.deepEqual(
        [isVolatile(held), messageLimit(held), held.idempotencyKey],
        [false, undefined, undefined],
      );
      assert.equal(fingerprint(held), fingerprint(parcel.envelope));
    }),
    tries(200),
  ));

test("one id is another parcel for each recipient, and the same one for the same", () =>
  fc.assert(
    fc.property(parcels, (parcel) => {
      const other = { ...parcel, envelope: amend(parcel.envelope, { to: toAddress("somebody") }) };
      assert.equal(wrap(parcel).id, wrap({ ...parcel }).id);
      assert.notEqual(wrap(parcel).id, wrap(other).id);
    }),
    tries(200),
  ));
