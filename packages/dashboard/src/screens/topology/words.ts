/** Words: how an agent does, as the list of agents says it; its failures are told by the lines. */
import type { AgentStatus } from "../../api/types.ts";
import { countText } from "../../parts/text.ts";
import { conditionOf } from "../agents/condition.ts";
import type { Dot } from "./picture.ts";

const still = { perSecond: 0, failing: 0, line: [] };

export const toneOf = (agent: AgentStatus) => conditionOf(agent, still, Date.now());

/** How it does, in a line. */
export function wordOf({ kind, ends, agent, inside }: Dot): string {
  const self = inside > 0 ? ` · ↻ ${countText(inside)}` : "";
  if (kind === "group") return `${countText(ends.length)} together${self}`;
  if (kind === "system") return `programs and the hub${self}`;
  if (kind !== "agent") return kind + self;
  const waiting = agent?.mailbox?.waiting ?? 0;
  const word = agent === undefined ? "not known now" : toneOf(agent).word;
  return `${word}${waiting > 0 ? ` · ${countText(waiting)} wait` : ""}${self}`;
}
