/** Letter: what the messages of the workload carry: a name that says who sent it, and a text that shows whether it was disturbed. */
import type { TaskState } from "../history/event.ts";

export interface Letter {
  /** The name of the send. */
  readonly n: string;
  readonly text: string;
}

/** A letter of this name; its text follows from the name, and is now and then longer than a page. */
export function letter(n: string): Letter {
  return { n, text: textOf(n) };
}

/** The letter that a payload is, if it is one. */
export function toLetter(payload: unknown): Letter | undefined {
  return typeof payload === "object" && payload !== null && "n" in payload ? (payload as Letter) : undefined;
}

/** What is told of the end of a task, if it is that: the task is known by its key. */
export function toTold(payload: unknown): { readonly key: string; readonly state: TaskState } | undefined {
  return typeof payload === "object" && payload !== null && "task" in payload
    ? (payload as unknown as { key: string; state: TaskState })
    : undefined;
}

export function isDisturbed({ n, text }: Letter): boolean {
  return text !== textOf(n);
}

function textOf(n: string): string {
  const sum = Array.from(n).reduce((total, sign) => (total * 31 + sign.charCodeAt(0)) % 65_521, 7);
  return `${n}:${sum} `.repeat(sum % 61 === 0 ? 1000 : 1 + (sum % 12));
}

/** The name of the one output of a transactional handler. */
export function outputOf(n: string): string {
  return `${n}+out`;
}
