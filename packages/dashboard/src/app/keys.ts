/** Keys: what the keyboard does on the screen that is shown. Each screen says its own; a sheet lists them all. */
import { useLayoutEffect, useSyncExternalStore } from "react";
import { Keyboard, type Key } from "./keyboard.ts";

/** One for the page. */
export const keyboard = new Keyboard();

/** Binds keys while the caller is shown, before that is painted: whoever sees a row can walk to it. Hand in the same list while nothing changes. */
export function useKeys(keys: readonly Key[]): void {
  useLayoutEffect(() => keyboard.bind(keys), [keys]);
}

/** All keys that are bound now. */
export function useAllKeys(): readonly Key[] {
  useSyncExternalStore(keyboard.subscribe, keyboard.snapshot);
  return keyboard.all;
}
