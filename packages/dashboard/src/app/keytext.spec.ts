import { expect, test } from "vitest";
import { keyText } from "./keytext.ts";

test("keys are called as they are on the keyboard of who reads it", () => {
  expect(keyText("Mod+k", false)).toBe("Ctrl K");
  expect(keyText("Mod+k", true)).toBe("⌘ K");
  expect(keyText("Alt+x", true)).toBe("Alt X");
});

test("keys without a letter have a name, and others are themselves", () => {
  expect([" ", "Escape", "ArrowLeft"].map((keys) => keyText(keys, false))).toEqual(["Space", "Esc", "←"]);
  expect(["g o", "?", "G", "Enter"].map((keys) => keyText(keys, true))).toEqual(["g o", "?", "G", "Enter"]);
});
