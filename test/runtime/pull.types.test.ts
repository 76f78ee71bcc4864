/** What is checked here is checked by the compiler: a pulled delivery narrows on its operation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery, DeliveryOf, Mailbox } from "hermod";
import type { Jobs } from "./pull.kit.ts";

/** True when both types are the same, `any` considered. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
function holds<_T extends true>(): void {}

type Held = DeliveryOf<typeof Jobs>;

test("a delivery is one of the contract's operations, calls and casts alike", () => {
  holds<Equal<Held["operation"], "sum" | "note" | "tag">>();
  holds<Equal<DeliveryOf<string>, Delivery>>();
});

test("payload and answer narrow on the operation", () => {
  const check = async (held: Held): Promise<void> => {
    switch (held.operation) {
      case "sum":
        holds<Equal<typeof held.payload, number[]>>();
        await held.reply({ total: 1 });
        // @ts-expect-error -- the answer of another type
        await held.reply({ total: "1" });
        // @ts-expect-error -- the answer lacks a field
        await held.reply({});
        break;
      case "note":
        holds<Equal<typeof held.payload, { text: string }>>();
        // @ts-expect-error -- a field of another operation
        void held.payload.n;
        break;
      case "tag":
        holds<Equal<typeof held.payload, { n: number }>>();
        break;
      // @ts-expect-error -- no such operation
      case "summ":
        break;
    }
  };
  assert.equal(typeof check, "function");
});

test("without narrowing, only what all operations share can be used", () => {
  const check = (held: Held): string => {
    // @ts-expect-error -- not all payloads have it
    void held.payload.text;
    return `${held.operation} ${held.attempt} ${held.leaseUntil} ${held.envelope.id}`;
  };
  assert.equal(typeof check, "function");
});

test("the ways to receive give the mailbox's own deliveries", () => {
  type Box = Mailbox<typeof Jobs>;
  holds<Equal<Awaited<ReturnType<Box["receive"]>>, Held | undefined>>();
  holds<Equal<Awaited<ReturnType<Box["tryReceive"]>>, Held | undefined>>();
  holds<Equal<Awaited<ReturnType<Box["receiveAll"]>>, Held[]>>();
  const loop = async (box: Box): Promise<void> => {
    for await (const held of box) holds<Equal<typeof held, Held>>();
  };
  assert.equal(typeof loop, "function");
});

test("wrong options of a receive do not compile", () => {
  const check = async (box: Mailbox<typeof Jobs>): Promise<void> => {
    // @ts-expect-error -- a duration needs a unit
    await box.receive({ timeout: "5" });
    // @ts-expect-error -- a misspelt option
    await box.receive({ timout: "5s" });
    // @ts-expect-error -- a try-receive never waits
    await box.tryReceive({ timeout: "5s" });
    // @ts-expect-error -- a filter is text
    await box.receiveAll({ where: () => true });
  };
  assert.equal(typeof check, "function");
});
