/** The parts of a message's page that only reckon: where the time went, what belongs to it, and how it is copied. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Attempt, Envelope, MessageRecord } from "../../api/types.ts";
import { toLine } from "../messages/line.ts";
import type { TalkLine } from "./asked.ts";
import { asCli, asCurl, asTypeScript, refusalOf } from "./copyas.ts";
import { familyOf } from "./family.ts";
import { placeOf, scaleOf, spansOf } from "./spans.ts";

/** Any code point but the halves of pairs. What fast-check has for it takes a second to make. */
const character = fc
  .nat(0x10ffff - 0x800)
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

const NOW = 1_800_000_000_000;
const iso = (at: number): string => new Date(at).toISOString();

const envelope = (part: Partial<Envelope> = {}): Envelope => ({
  ...{ v: 1, id: "m-1", verb: "call", type: "request", operation: "draft", from: "editor", to: "writer" },
  ...{ priority: 2, delivery: "at-least-once", conversationId: "c-1", sentAt: iso(NOW) },
  ...part,
});
const attempt = (number: number, from: number, to: number, outcome: Attempt["outcome"]): Attempt => ({
  ...{ number, startedAt: iso(NOW + from), endedAt: iso(NOW + to), outcome },
});
const record = (rest: Partial<MessageRecord>, part: Partial<Envelope> = {}): MessageRecord => ({
  ...{ envelope: envelope(part), state: "done", attempts: [] },
  ...rest,
});
const talk = (id: string, part: Partial<TalkLine> = {}): TalkLine => ({
  ...toLine(record({}, { id })),
  ...{ causeId: undefined, inReplyTo: undefined, startedAt: undefined, endedAt: undefined },
  ...part,
});

test("the time of a message is told from its sending to its answer, without a gap", () => {
  const tried = record({ attempts: [attempt(1, 10, 30, "retried"), attempt(2, 130, 150, "acked")] });
  const spans = spansOf(tried, [talk("r", { sentAt: NOW + 150, startedAt: NOW + 155 })], NOW + 1000);
  expect(
    spans.map(({ what, from, to, isBad }) => [what, from - NOW, (to ?? 0) - NOW, isBad ?? false]),
  ).toEqual([
    ["waited", 0, 10, false],
    ["handled", 10, 30, true],
    ["waited to try again", 30, 130, false],
    ["handled", 130, 150, false],
    ["answer on its way", 150, 155, false],
  ]);
  const scale = scaleOf(spans, NOW + 1000);
  expect([scale.from - NOW, scale.to - NOW]).toEqual([0, 155]);
});

test("what has not ended lasts until now, and what is sent for later is held back until then", () => {
  const what = (one: MessageRecord, now = NOW + 50) =>
    spansOf(one, [], now).map((span) => [span.what, span.to]);
  expect(what(record({ state: "waiting" }))).toEqual([["waited", undefined]]);
  expect(what(record({ state: "waiting" }, { notBefore: iso(NOW + 900) }))).toEqual([
    ["held back", undefined],
  ]);
  expect(what(record({ state: "waiting" }, { notBefore: iso(NOW + 20) }))).toEqual([
    ["held back", NOW + 20],
    ["waited", undefined],
  ]);
  expect(what(record({ state: "running", attempts: [attempt(1, 1, 2, "retried")] })).at(-1)).toEqual([
    "handled",
    undefined,
  ]);
});

test("every span lies within the scale, whatever clocks say", () => {
  const time = fc.integer({ min: -1000, max: 100_000 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(time, time)),
      fc.constantFrom("done", "waiting", "running", "dead"),
      (all, state) => {
        const attempts = all.map(([from, to], at) => attempt(at + 1, from, to, "retried"));
        const spans = spansOf(record({ attempts, state: state as never }), [], NOW + 5000);
        const scale = spans.length > 0 ? scaleOf(spans, NOW + 5000) : { from: 0, to: 1 };
        for (const span of spans) {
          const { left, width } = placeOf(span, scale, NOW + 5000);
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left + width).toBeLessThanOrEqual(100.001);
        }
      },
    ),
  );
});

test("cause, answers, effects and neighbours are those of the message", () => {
  const lines = [
    talk("a"),
    talk("m", { causeId: "a" }),
    talk("b", { causeId: "m" }),
    talk("r", { causeId: "m", inReplyTo: "m" }),
    talk("r", { causeId: "m", inReplyTo: "m", key: "r@two" }),
  ];
  const { cause, answers, replies, effects, ...rest } = familyOf(lines, "m");
  expect([cause?.id, answers?.id, replies.length, effects.map(({ id }) => id)]).toEqual([
    "a",
    undefined,
    2,
    ["b"],
  ]);
  expect(rest).toEqual({ before: "a", after: "b", place: 2, count: 4 });
  expect(familyOf(lines, "r")).toMatchObject({ before: "b", after: undefined });
  expect(familyOf(lines, "x")).toMatchObject({ place: 0, before: undefined, after: undefined });
});

test("a message is copied as a command, a request and a program", () => {
  const call = envelope({ payload: { topic: "the sea" } });
  expect(asCli(call)).toBe(`npx hermod call writer draft '{"topic":"the sea"}'`);
  expect(asCurl(call, "http://localhost:4700")).toBe(
    `curl http://localhost:4700/v1/agents/writer/draft -H content-type:application/json -d '{"topic":"the sea"}'`,
  );
  expect(asTypeScript(call)).toBe(
    'const reply = await system.call("writer", "draft", {\n  "topic": "the sea"\n});',
  );
  const { to: _to, ...published } = envelope({ verb: "publish", topic: "tide.high" });
  expect(asCli(published)).toBe("npx hermod publish tide.high");
  expect(asCurl(published, "http://h")).toBe(
    "curl http://h/v1/topics/tide.high -H content-type:application/json -X POST",
  );
  expect(asTypeScript(published)).toBe('await system.publish("tide.high");');
  expect(asCurl(envelope({ verb: "task" }), "http://h")).toContain(
    "'http://h/v1/agents/writer/draft?verb=task'",
  );
  expect(asCli(envelope({ operation: "-rf" }))).toBe("npx hermod call -- writer -rf");
});

/** The words that a shell reads: without a quote, in single quotes, or a quote behind a backslash. */
function wordsOf(command: string): string[] {
  const words = command.match(/(?:[^\s'\\]|'[^']*'|\\')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|\\(')/g, (_, inside: string | undefined, quote = "") => inside ?? quote),
  );
}

test("nothing of a message is carried out by a shell or steers a terminal", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: character }),
    fc.constantFrom("$(id)", "`id`", "'; id; '", "\u001b[2J", "\u202E"),
  );
  fc.assert(
    fc.property(text, (said) => {
      const payload = said.replaceAll(/[\ud800-\udfff]/g, "");
      const command = asCli(envelope({ payload, operation: said.replaceAll(/[\p{C}]/gu, "") || "x" }));
      expect(JSON.parse(wordsOf(command).at(-1) as string)).toBe(payload);
      // Outside of quotes nothing means anything to a shell.
      expect(command.replaceAll(/'[^']*'|\\'/g, "")).toMatch(/^[\w@%+=:,./ -]*$/);
      expect(command).not.toMatch(/[\p{Cf}\u0000-\u001f\u007f-\u009f]/u);
    }),
  );
});

test("what only waited for somebody then is not sent again", () => {
  expect(refusalOf(envelope())).toBeUndefined();
  for (const part of [{ verb: "reply" }, { verb: "info" }, { to: "~people/ana" }] as Partial<Envelope>[])
    expect(refusalOf(envelope(part)), JSON.stringify(part)).toBeTypeOf("string");
});
