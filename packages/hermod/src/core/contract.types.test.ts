/** What is checked here is checked by the compiler: a type that changes, or a mistake that is no longer one, fails the build. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import * as z from "zod";
import { contract, type CallName, type CastName, type Contract, type Messages } from "./contract.ts";
import type { InputOf, OutputOf } from "./schema.ts";

/** True when both types are the same, `any` and optional fields considered. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
function holds<_T extends true>(): void {}

const toNumber = z.string().transform(Number);

const Mixed = contract("mixed", {
  calls: {
    review: { in: z.object({ text: z.string() }), out: v.object({ ok: v.boolean() }), timeout: "5s" },
    count: { in: v.pipe(v.string(), v.transform(Number)), out: toNumber },
  },
  casts: {
    note: z.object({ fact: z.string().default("none") }),
    keep: { in: v.optional(v.number(), 1), priority: "high" },
    piped: toNumber,
  },
});

type Of<C> = C extends Contract<infer G> ? Messages<G> : never;
type M = Of<typeof Mixed>;

test("names of calls and casts are inferred from one value, zod and valibot mixed", () => {
  holds<Equal<CallName<M>, "review" | "count">>();
  holds<Equal<CastName<M>, "note" | "keep" | "piped">>();
});

test("what a call takes, hands over, wants and gives is inferred on both sides of its schemas", () => {
  holds<Equal<M["review"]["send"], { text: string }>>();
  holds<Equal<M["review"]["receive"], { text: string }>>();
  holds<Equal<M["review"]["reply"], { ok: boolean }>>();
  holds<
    Equal<
      M["count"],
      {
        kind: "call";
        send: string;
        receive: number;
        answer: string;
        reply: number;
        yields: unknown;
        chunk: unknown;
      }
    >
  >();
});

test("what a cast takes and hands over is inferred, with options or without", () => {
  holds<Equal<M["note"], { kind: "cast"; send: { fact?: string | undefined }; receive: { fact: string } }>>();
  holds<Equal<M["keep"], { kind: "cast"; send: number | undefined; receive: number }>>();
  holds<Equal<M["piped"], { kind: "cast"; send: string; receive: number }>>();
});

test("a contract of one group, or of none, loses nothing of its inference", () => {
  const casts = contract("casts", { casts: { note: v.string() } });
  holds<Equal<CallName<Of<typeof casts>>, never>>();
  holds<Equal<CastName<Of<typeof casts>>, "note">>();
  const calls = contract("calls", { calls: { ask: { in: z.void(), out: z.string() } } });
  holds<Equal<CallName<Of<typeof calls>>, "ask">>();
  holds<Equal<CastName<Of<typeof calls>>, never>>();
  holds<Equal<keyof Of<typeof casts>, "note">>();
  const empty = contract("empty", {});
  holds<Equal<keyof Of<typeof empty>, never>>();
});

test("the messages are kept in the contract's type and absent at run time", () => {
  holds<Equal<NonNullable<(typeof Mixed)["messages"]>, M>>();
  assert.equal("messages" in Mixed, false);
});

test("schemas tell what they accept and what they yield", () => {
  holds<Equal<InputOf<typeof toNumber>, string>>();
  holds<Equal<OutputOf<typeof toNumber>, number>>();
  holds<Equal<InputOf<string>, never>>();
});

test("wrong names and types do not compile", () => {
  const call = (_name: CallName<M>): void => {};
  const cast = (_name: CastName<M>): void => {};
  const send = <Op extends keyof M>(_op: Op, _payload: M[Op]["send"]): void => {};
  const answer = <Op extends CallName<M>>(_op: Op, _value: M[Op]["answer"]): void => {};
  // @ts-expect-error -- no such operation
  call("revue");
  // @ts-expect-error -- a cast is no call
  call("note");
  // @ts-expect-error -- a call is no cast
  cast("review");
  // @ts-expect-error -- a field of another type
  send("review", { text: 7 });
  // @ts-expect-error -- a missing field
  send("review", {});
  // @ts-expect-error -- a field too many
  send("review", { text: "x", more: 1 });
  // @ts-expect-error -- what the schema accepts is text, what it yields a number
  send("piped", 7);
  // @ts-expect-error -- an answer of another type
  answer("review", { ok: "yes" });
  send("keep", undefined);
  answer("count", "7");
});

test("a wrong contract does not compile", () => {
  const build = (): void => {
    // @ts-expect-error -- a call needs an answer
    contract("c", { calls: { ask: { in: z.string() } } });
    // @ts-expect-error -- text is no schema
    contract("c", { casts: { note: "string" } });
    // @ts-expect-error -- an unknown priority
    contract("c", { casts: { note: { in: z.string(), priority: "highest" } } });
    // @ts-expect-error -- a duration needs a unit
    contract("c", { casts: { note: { in: z.string(), timeout: "5" } } });
  };
  assert.throws(build);
});
