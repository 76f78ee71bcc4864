/** Commands: what the palette offers: screens, agents, whatever an id names, and what the page can do. */
import { parseFilter } from "hermod";
import { plain } from "../parts/text.ts";
import { screens } from "./screens.ts";

export interface Command {
  /** Unique among all. */
  readonly value: string;
  readonly label: string;
  /** Its keys, or what it is. */
  readonly note?: string;
  readonly run: () => void;
}

export interface Group {
  readonly value: string;
  readonly items: readonly Command[];
}

/** Where the page goes: a path, with its parameter written into it. */
export type Go = (path: string) => void;

/** Agents that are offered at a time: more are found by typing more. */
const MOST = 50;
/** What may be an id: long enough, without blanks, with a digit. */
const ID = /^(?=\S*\d)[\p{L}\p{N}_.:@#+/-]{8,512}$/u;

export function screenCommands(go: Go): Group {
  const items = screens.map(({ path, name, letter }) => ({
    ...{ value: `screen ${path}`, label: name, note: `g ${letter}`, run: () => go(path) },
  }));
  return { value: "Screens", items };
}

export function agentCommands(names: readonly string[], typed: string, go: Go): Group {
  const wanted = typed.trim().toLowerCase();
  const found = names.filter((name) => name.toLowerCase().includes(wanted)).toSorted(nearest(wanted));
  const items = found.slice(0, MOST).map((name) => ({
    value: `agent ${name}`,
    label: plain(name),
    note: "agent",
    run: () => go(`/agents/${encodeURIComponent(name)}`),
  }));
  return { value: "Agents", items };
}

/** What begins with the word stands before what only holds it; of these the shorter first. */
function nearest(wanted: string): (a: string, b: string) => number {
  const far = (name: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return (a, b) => far(a) - far(b) || a.length - b.length || a.localeCompare(b);
}

/** What was pasted may name a message or a conversation. */
export function idCommands(typed: string, go: Go): Group {
  const id = typed.trim();
  if (!ID.test(id)) return { value: "Id", items: [] };
  const at = encodeURIComponent(id);
  return {
    value: "Id",
    items: [
      { value: `message ${id}`, label: `Message ${id}`, run: () => go(`/messages/${at}`) },
      { value: `conversation ${id}`, label: `Conversation ${id}`, run: () => go(`/conversations/${at}`) },
    ],
  };
}

/** Whether a command is one that was typed: each of its words stands in it. */
export function fits({ label, note = "" }: Pick<Command, "label" | "note">, typed: string): boolean {
  const text = `${label} ${note}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Whether it is written as a filter, and is one. */
function isFilter(text: string): boolean {
  try {
    return /[:"]/.test(text) && parseFilter(text).length > 0;
  } catch {
    return false;
  }
}

/** Anything can be looked for in the history: by a filter, or as it stands. */
export function searchCommands(typed: string, go: Go): Group {
  const text = typed.trim();
  if (text === "") return { value: "Search", items: [] };
  const where = isFilter(text) ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
  const label = `Search messages for ${plain(text.slice(0, 80))}`;
  const run = (): void => go(`/messages?where=${encodeURIComponent(where)}`);
  return { value: "Search", items: [{ value: "search", label, run }] };
}
