import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Keyboard } from "./keyboard.ts";

/** What has the focus: matches what is said of it. */
class Focused {
  readonly #is: string;
  constructor(is: string) {
    this.#is = is;
  }
  matches(selector: string): boolean {
    return selector.split(", ").includes(this.#is);
  }
  closest(selector: string): Focused | null {
    return this.matches(selector) ? this : null;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("HTMLElement", Focused);
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

interface Given {
  readonly at?: number;
  readonly target?: Focused;
  readonly ctrlKey?: boolean;
  readonly repeat?: boolean;
}

/** Presses a key; whether the browser is kept from doing something of its own. */
function press(keyboard: Keyboard, key: string, { at = 0, target, ...given }: Given = {}): boolean {
  let prevented = false;
  const preventDefault = (): void => void (prevented = true);
  const event = { key, timeStamp: at, target: target ?? null, preventDefault, ...given };
  keyboard.press(event as unknown as KeyboardEvent);
  return prevented;
}

/** A screen with these keys: what was done on it, and how it is left. */
function screen(keyboard: Keyboard, name: string, ...keys: readonly string[]) {
  const done: string[] = [];
  const leave = keyboard.bind(
    keys.map((each) => ({ keys: each, does: each, run: () => void done.push(`${name} ${each}`) })),
  );
  return { done, leave };
}

test("the newest binding of a key is the one that runs, until it is gone", () => {
  const keyboard = new Keyboard();
  const below = screen(keyboard, "below", "Escape");
  const above = screen(keyboard, "above", "Escape");
  expect(press(keyboard, "Escape")).toBe(true);
  above.leave();
  press(keyboard, "Escape");
  expect([...above.done, ...below.done]).toEqual(["above Escape", "below Escape"]);
  expect(press(keyboard, "Tab")).toBe(false);
});

test("of two keys the second has 1.2 seconds", () => {
  const keyboard = new Keyboard();
  const { done } = screen(keyboard, "here", "g o", "o", "Mod+k");
  press(keyboard, "g", { at: 1000 });
  press(keyboard, "o", { at: 2199 });
  press(keyboard, "g", { at: 3000 });
  press(keyboard, "o", { at: 4200 });
  press(keyboard, "K", { at: 4300, ctrlKey: true });
  expect(done).toEqual(["here g o", "here o", "here Mod+k"]);
});

test("what has the focus keeps its own keys, and letters can be turned off", () => {
  const keyboard = new Keyboard();
  const { done } = screen(keyboard, "here", "j", "Enter", "Escape");
  for (const [key, is] of [
    ["j", "input"],
    ["Enter", "button"],
    ["Escape", "[role='dialog']"],
  ] as const)
    expect(press(keyboard, key, { target: new Focused(is) })).toBe(false);
  keyboard.letters = false;
  press(keyboard, "j");
  expect(done).toEqual([]);
  press(keyboard, "Escape");
  expect(done).toEqual(["here Escape"]);
});

test("what is pressed on the way to another screen is for that one, in its order, and once however long it is held", () => {
  const keyboard = new Keyboard();
  const old = screen(keyboard, "old", "j", "Escape");
  keyboard.leave();
  expect(press(keyboard, "j")).toBe(true);
  expect(press(keyboard, "j", { repeat: true })).toBe(true);
  expect(press(keyboard, "x")).toBe(true);
  expect(press(keyboard, "End")).toBe(false);
  press(keyboard, "g", { at: 100 });
  press(keyboard, "o", { at: 300 });
  old.leave();
  const next = screen(keyboard, "next", "j", "x", "End", "g o");
  expect(next.done).toEqual([]);
  keyboard.stand();
  expect(next.done).toEqual(["next j", "next x", "next End", "next g o"]);
  expect(old.done).toEqual([]);
  press(keyboard, "j");
  expect(next.done.at(-1)).toBe("next j");
});

test("what does the same everywhere does not wait, and what was pressed before it still does", () => {
  const keyboard = new Keyboard();
  const done: string[] = [];
  keyboard.bind([{ keys: "Mod+k", does: "Go", always: true, run: () => void done.push("go") }]);
  const { done: below } = screen(keyboard, "old", "j");
  keyboard.leave();
  press(keyboard, "j");
  press(keyboard, "k", { ctrlKey: true });
  expect([done, below]).toEqual([["go"], []]);
  keyboard.stand();
  expect([done, below]).toEqual([["go"], ["old j"]]);
});

test("what waits behind a key that leads on waits for where that one leads", () => {
  const keyboard = new Keyboard();
  const first = keyboard.bind([{ keys: "Enter", does: "Open", run: keyboard.leave }]);
  const { done, leave } = screen(keyboard, "first", "Escape");
  keyboard.leave();
  for (const key of ["Enter", "Escape"]) press(keyboard, key);
  keyboard.stand();
  expect(done).toEqual([]);
  first();
  leave();
  const second = screen(keyboard, "second", "Escape");
  keyboard.stand();
  expect(second.done).toEqual(["second Escape"]);
});

test("nothing is held for ever: for a screen that does not come within ten seconds no key is kept", () => {
  const keyboard = new Keyboard();
  const { done } = screen(keyboard, "old", "j", "k");
  keyboard.leave();
  press(keyboard, "j");
  vi.advanceTimersByTime(9000);
  // Another way while the first one is not at its end makes nothing longer.
  keyboard.leave();
  vi.advanceTimersByTime(999);
  press(keyboard, "j");
  expect(done).toEqual([]);
  vi.advanceTimersByTime(1);
  press(keyboard, "k");
  keyboard.stand();
  expect(done).toEqual(["old k"]);
});
