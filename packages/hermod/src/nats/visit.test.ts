/** A visit hears its client over subjects or by a pipe, and never by both; what it has ends with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wire } from "../remote/wire.ts";
import type { Broker } from "./connect.ts";
import { END } from "./frames.ts";
import type { Arrive, Passage } from "./passage.ts";
import type { Pipe } from "./pipe.ts";
import { Visit } from "./visit.ts";

/** A visit whose subjects, passage and guest the test plays; `log` is what became of them. */
function visited() {
  const log: string[] = [];
  const seen = { hears: true, wire: undefined as Wire | undefined };
  let up: (error: null, message: { string(): string }) => void = () => undefined;
  let arrive: Arrive | undefined;
  const broker = {
    ...{ terms: { namespace: "n" }, most: 1000 },
    connection: {
      subscribe: (_: string, { callback }: { callback: typeof up }) => {
        up = callback;
        return { unsubscribe: () => void log.push("unsubscribed") };
      },
    },
    road: { publish: ([subject, text]: readonly string[]) => void log.push(`${subject} ${text}`) },
  } as unknown as Broker;
  const guest = {
    hear: (text: string) => void log.push(`heard ${text}`),
    gone: () => void log.push("gone"),
  };
  const hosting = { connect: (wire: Wire) => ((seen.wire = wire), guest) } as never;
  const passage = {
    invite: (come: Arrive) => ((arrive = come), { text: "key path", cancel: () => void log.push("void") }),
  } as unknown as Passage;
  const ended = (): void => void log.push("ended");
  const visit = new Visit({ ...{ broker, hosting, passage, ended }, wire: "w", hears: () => seen.hears });
  const pipe = {
    send: (text: string) => void log.push(`piped ${text}`),
    close: () => void log.push("closed"),
  } as unknown as Pipe;
  const come = () => arrive?.(pipe);
  const say = (message: string): void => up(null, { string: () => message });
  return { log, seen, visit, come, say, told: () => log.splice(0) };
}

test("over subjects it hears and says, and the key is void from its client's first word on", () => {
  const { visit, seen, say, told } = visited();
  assert.equal(visit.invitation, "key path");
  say("1 hello");
  seen.wire?.send("welcome");
  assert.deepEqual(told(), ["void", "heard hello", "n.down.w 1 welcome"]);
  say(END);
  assert.deepEqual(told(), ["void", "void", "unsubscribed", "ended", `n.down.w ${END}`, "gone"]);
  say(END);
  assert.deepEqual(told(), ["void"]);
});

test("by a pipe it hears and says there alone, and ends with it, once", () => {
  const { seen, come, told } = visited();
  const ends = come();
  assert.deepEqual(told(), ["unsubscribed"]);
  ends?.heard("hello");
  seen.wire?.send("welcome");
  assert.deepEqual(told(), ["heard hello", "piped welcome"]);
  ends?.closed("cut");
  seen.wire?.close();
  assert.deepEqual(told(), ["void", "unsubscribed", "ended", "closed", "gone"]);
});

test("what is said when nobody is heard any more is not heard, by either", () => {
  const { seen, say, come, told } = visited();
  seen.hears = false;
  say("1 hello");
  come()?.heard("hello");
  assert.deepEqual(told(), ["void", "unsubscribed"]);
});

test("a message that is missing ends it", () => {
  const { say, told } = visited();
  say("2 hello");
  assert.ok(told().includes("gone"));
});
