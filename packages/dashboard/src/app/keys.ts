/** Keys: what the keyboard does on the screen that is shown. Each screen says its own; a sheet lists them all. */
import { useEffect, useSyncExternalStore } from "react";

export interface Key {
  /** "j", "Escape", "Mod+k" (Ctrl or Cmd), "g o" for one after the other. */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

/** How long the second key of two may take, in milliseconds. */
const SECOND = 1200;
const SINGLE = "hermod.letters";

class Keyboard {
  #bound: readonly (readonly Key[])[] = [];
  #first: { readonly key: string; readonly at: number } | undefined;
  readonly #listeners = new Set<() => void>();

  /** All that are bound now, the newest first. */
  get all(): readonly Key[] {
    return this.#bound.flat();
  }

  /** Whether single letters do something: some people's speech input types them by chance (WCAG 2.1.4). */
  get letters(): boolean {
    return localStorage.getItem(SINGLE) !== "off";
  }
  set letters(on: boolean) {
    localStorage.setItem(SINGLE, on ? "on" : "off");
    this.#tell();
  }

  bind(keys: readonly Key[]): () => void {
    this.#bound = [keys, ...this.#bound];
    this.#tell();
    return () => {
      this.#bound = this.#bound.filter((each) => each !== keys);
      this.#tell();
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): unknown => this.#bound;

  readonly press = (event: KeyboardEvent): void => {
    const pressed = nameOf(event);
    const isLetter = pressed.length === 1;
    if (event.defaultPrevented || (isLetter && (isTyping(event.target) || !this.letters))) return;
    if (isElsewhere(event.target) || isPressing(pressed, event.target)) return;
    const first = this.#first && event.timeStamp - this.#first.at < SECOND ? `${this.#first.key} ` : "";
    const key =
      this.all.find(({ keys }) => keys === first + pressed) ?? this.all.find(({ keys }) => keys === pressed);
    this.#first = undefined;
    if (key) {
      event.preventDefault();
      key.run();
    } else if (this.all.some(({ keys }) => keys.startsWith(`${pressed} `)))
      this.#first = { key: pressed, at: event.timeStamp };
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const keyboard = new Keyboard();

function nameOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): string {
  if (altKey) return `Alt+${key}`;
  return ctrlKey || metaKey ? `Mod+${key.toLowerCase()}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable='true']");
}

/** A dialog has its own keys; the screen below it hears none. */
function isElsewhere(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("[role='dialog'], [role='alertdialog']") !== null;
}

/** Enter and Space belong to the button, link or field that has the focus. */
function isPressing(key: string, target: EventTarget | null): boolean {
  if (key !== "Enter" && key !== " ") return false;
  return target instanceof HTMLElement && target.matches("button, a[href], summary, input, textarea, select");
}

/** Binds keys while the caller is shown. Hand in the same list while nothing changes. */
export function useKeys(keys: readonly Key[]): void {
  useEffect(() => keyboard.bind(keys), [keys]);
}

/** All keys that are bound now. */
export function useAllKeys(): readonly Key[] {
  useSyncExternalStore(keyboard.subscribe, keyboard.snapshot);
  return keyboard.all;
}
