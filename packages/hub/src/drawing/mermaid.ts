/** Mermaid: a conversation as the text of a sequence diagram, for documents that draw it. Pure. */
import type { MessageRecord } from "hermod";
import { nameOf, plain, receiverOf } from "./events.ts";

/** The text of a Mermaid sequence diagram. */
export function toMermaid(records: readonly MessageRecord[]): string {
  const byId = new Map(records.map((record) => [record.envelope.id, record]));
  const names = new Map<string, string>();
  const nameIn = (name: string): string => {
    const known = names.get(name) ?? `p${names.size}`;
    names.set(name, known);
    return known;
  };
  const arrows = records.map(({ envelope, state }) => {
    const [from, to] = [nameIn(nameOf(envelope.from)), nameIn(receiverOf(envelope, byId))];
    const isBad = envelope.type === "error" || state === "failed" || state === "dead";
    const arrow = isBad ? "-x" : envelope.verb === "reply" ? "-->>" : "->>";
    return `  ${from}${arrow}${to}: ${worded(envelope.operation || envelope.type)}${state === "done" ? "" : ` (${state})`}`;
  });
  const participants = [...names].map(([name, id]) => `  participant ${id} as ${worded(name)}`);
  return `${["sequenceDiagram", ...participants, ...arrows].join("\n")}\n`;
}

/** What Mermaid would read as its own is written as a code. */
function worded(text: string): string {
  return plain(text).replaceAll(/[#;<>&"%{}]/gu, (letter) => `#${letter.charCodeAt(0)};`);
}
