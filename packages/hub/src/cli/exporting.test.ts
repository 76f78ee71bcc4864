/** Exports: put out page by page, and gone on with where somebody ended them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Given } from "./command.ts";
import { exported } from "./exporting.ts";

/** Pages of two of the numbers from 1 to 5, by the number before. */
const pages = ({ after = "0" }: { readonly after?: string }) => {
  const from = Number(after);
  const items = [1, 2, 3, 4, 5].slice(from, from + 2);
  return Promise.resolve({ items, ...(from + 2 < 5 && { next: String(from + 2) }) });
};

/** What a command is given, and what it put out and said. */
function given(after?: string) {
  const ending = new AbortController();
  const [out, err]: [unknown[], string[]] = [[], []];
  const io = { signal: ending.signal, isErrTerminal: false, err: (text: string) => void err.push(text) };
  const asked = { io, options: { after }, isJson: false, progress: "none" };
  const emit = (item: unknown): void => void out.push(item);
  return { ending, out, err, given: { ...asked, emit } as unknown as Given };
}

test("an export puts all out, or what comes behind a place", async () => {
  const whole = given();
  await exported(whole.given, "numbers", pages, (item) => item);
  assert.deepEqual([whole.out, whole.err], [[1, 2, 3, 4, 5], ["5 numbers\n"]]);
  const rest = given("4");
  await exported(rest.given, "numbers", pages, (item) => item);
  assert.deepEqual([rest.out, rest.err], [[5], ["1 numbers\n"]]);
});

test("one that is ended says how far it came, and by what the rest is done", async () => {
  const { ending, out, err, given: asked } = given();
  const never = new Promise<never>(() => undefined);
  const second = Promise.withResolvers<void>();
  const read: typeof pages = (place) =>
    place.after === undefined ? pages(place) : (second.resolve(), never);
  void exported(asked, "numbers", read, (item) => item);
  await second.promise;
  ending.abort();
  assert.deepEqual([out, err], [[1, 2], ["stopped after 2 numbers; the rest: the same with --after 2\n"]]);
});

test("nothing is said of what has ended", async () => {
  const { ending, err, given: asked } = given();
  await exported(asked, "numbers", pages, (item) => item);
  ending.abort();
  assert.deepEqual(err, ["5 numbers\n"]);
});
