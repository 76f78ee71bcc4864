/**
 * Keyboard: which keys do what, and what a press of one comes to. Keys that are pressed while the page is on its way to somewhere else are for what
 * will be seen there: they wait, and are heard in their order once it stands.
 */
import { flushSync } from "react-dom";

export interface Key {
  /** "j", "Escape", "Mod+k" (Ctrl or Cmd), "g o" for one after the other. */
  readonly keys: string;
  readonly does: string;
  /** Heard at once also on the way to somewhere else: it does the same there. Default false. */
  readonly always?: boolean;
  readonly run: () => void;
}

/** A key that was pressed, and when, in milliseconds of the page's own clock. */
interface Press {
  readonly key: string;
  readonly at: number;
}

/** How long the second key of two may take, in milliseconds. */
const SECOND = 1200;
/** How long keys wait at most, in milliseconds: what was pressed for a screen that does not come is meant for no other one. */
const WAIT = 10_000;
const SINGLE = "hermod.letters";

export class Keyboard {
  #bound: readonly (readonly Key[])[] = [];
  #first: Press | undefined;
  /** What was pressed on the way; undefined while the page stands. */
  #waiting: Press[] | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
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

  /** The page goes somewhere: keys wait until `stand`, for ten seconds at most. */
  readonly leave = (): void => {
    if (this.#waiting) return;
    this.#waiting = [];
    this.#patience = setTimeout(() => (this.#waiting = undefined), WAIT);
  };

  /** The page stands: what has waited is heard, until one of the keys leads on. */
  readonly stand = (): void => {
    clearTimeout(this.#patience);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    // What one key does is there for the next one, as if somebody had pressed one after the other.
    for (const press of waiting) flushSync(() => this.#hear(press));
  };

  readonly press = (event: KeyboardEvent): void => {
    const press = { key: nameOf(event), at: event.timeStamp };
    if (event.defaultPrevented || !this.#isMeant(press.key, event.target)) return;
    // Of what waits nobody knows yet what it does; a letter that does nothing here would make some browsers search.
    if (this.#find(press) || (this.#waiting && press.key.length === 1)) event.preventDefault();
    // A key that is held down waits once: it would go on long after it was let go.
    if (!this.#waiting || !event.repeat) this.#hear(press);
  };

  /** Whether it is a press for the screen, and not for what has the focus. */
  #isMeant(key: string, target: EventTarget | null): boolean {
    if (key.length === 1 && (isTyping(target) || !this.letters)) return false;
    return !isElsewhere(target) && !isPressing(key, target);
  }

  #hear(press: Press): void {
    const found = this.#find(press);
    if (this.#waiting && !found?.always) return void this.#waiting.push(press);
    const isFirst = !found && this.all.some(({ keys }) => keys.startsWith(`${press.key} `));
    this.#first = isFirst ? press : undefined;
    found?.run();
  }

  #find({ key, at }: Press): Key | undefined {
    const first = this.#first && at - this.#first.at < SECOND ? `${this.#first.key} ` : "";
    return this.all.find(({ keys }) => keys === first + key) ?? this.all.find(({ keys }) => keys === key);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

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
