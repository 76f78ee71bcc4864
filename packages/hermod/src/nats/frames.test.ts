/** What goes over the wire in messages comes together again, and a connection that lost one is noticed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText, tries } from "../core/samples.test.kit.ts";
import { Assembly, toMessages } from "./frames.ts";

/** Text as JSON has it: no half of a pair stands alone. */
const texts = fc.array(anyText, { minLength: 1, maxLength: 4 });
/** Room for a message's number and sign, and for a few characters. */
const bytes = fc.integer({ min: 26, max: 60 });

/** Over the wire, which knows only UTF-8. */
const carried = (message: string): string => new TextDecoder().decode(new TextEncoder().encode(message));

function sent(list: readonly string[], most: number): string[] {
  const messages: string[] = [];
  for (const text of list) messages.push(...toMessages(text, messages.length + 1, most));
  return messages;
}

function heard(messages: readonly string[]): string[] {
  const assembly = new Assembly();
  return messages.map((message) => assembly.take(carried(message))).filter((text) => text !== undefined);
}

test("texts are heard as they were said, however small the messages are", () => {
  const check = (list: string[], most: number): void => assert.deepEqual(heard(sent(list, most)), list);
  fc.assert(fc.property(texts, bytes, check), tries());
});

test("no message is larger than the server takes, and a text that fits is one", () => {
  const check = (list: string[], most: number): void => {
    for (const message of sent(list, most)) assert.ok(Buffer.byteLength(message) <= most, message);
    for (const text of list)
      if (text.length * 3 <= most - 20) assert.equal(toMessages(text, 1, most).length, 1);
  };
  fc.assert(fc.property(texts, bytes, check), tries());
});

test("a long text goes in messages that are as large as may be, and no pair is cut in two", () => {
  for (const text of ["🌊".repeat(700_000), `x${"🌊".repeat(700_000)}`, "€".repeat(700_000), ""]) {
    const messages = toMessages(text, 1, 2 ** 20);
    assert.ok(messages.length <= 5, `${messages.length} messages`);
    assert.deepEqual(heard(messages), [text]);
  }
});

test("a message that was lost, repeated or overtaken is noticed", () => {
  const check = (list: string[], most: number, at: number, harm: "lost" | "repeated" | "overtaken"): void => {
    const messages = sent([...list, "the next one"], most);
    const place = at % (messages.length - 1);
    const [harmed, behind] = messages.slice(place) as [string, string];
    const instead = { lost: [behind], repeated: [harmed, harmed, behind], overtaken: [behind, harmed] };
    messages.splice(place, 2, ...instead[harm]);
    assert.throws(() => heard(messages), /lost on its way/);
  };
  const harms = fc.constantFrom("lost" as const, "repeated" as const, "overtaken" as const);
  fc.assert(fc.property(texts, bytes, fc.nat(), harms, check), tries());
});

test("words that are no message are noticed", () => {
  for (const words of ["", "-", "1", "x 1", "2 two", "01x", " 1 one"])
    assert.throws(() => new Assembly().take(words), /lost on its way/, words);
});
