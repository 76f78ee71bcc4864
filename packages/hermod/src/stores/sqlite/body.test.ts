/** The text that the file keeps of an envelope: nothing is lost in it, and texts of before are still read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress } from "../../core/address.ts";
import { envelopes } from "../../core/envelopes.test.kit.ts";
import { sample, tries } from "../../core/samples.test.kit.ts";
import { fromBody, toBody } from "./body.ts";

/** As it was written before envelopes knew of waits, tasks and budgets. */
const before =
  '[1,"m1","cast","notification","note","writer","critic",null,2,"at-least-once",null,null,null,null,null,"c1",' +
  'null,null,1,null,1700000000000,null,null,["chief"],null,30,1,{"text":"the tide turns"},{"tenant":"a"}]';

test("every envelope is read as it was written", () => {
  fc.assert(
    fc.property(envelopes, (envelope) => assert.deepEqual(fromBody(toBody(envelope)), envelope)),
    tries(),
  );
});

test("a text of 29 fields is an envelope that waits for nothing, with no task and no budget", () => {
  const read = fromBody(before);
  const older = sample({ hops: [toAddress("chief")], metadata: { tenant: "a" } });
  assert.deepEqual(read, older);
  assert.deepEqual(Object.keys(read), Object.keys(older), "one hidden class");
  assert.ok(Object.isFrozen(read) && Object.isFrozen(read.hops) && Object.isFrozen(read.metadata));
});

test("an envelope without waits, task and budget is written as before", () => {
  assert.equal(toBody(fromBody(before)), before);
  const bounded = sample({ budget: { messages: 3 } });
  assert.deepEqual(fromBody(toBody(bounded)).budget, { messages: 3 });
});
