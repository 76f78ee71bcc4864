/** Tree: the systems behind the hub, with supervisors and what they watch over, as each of them tells. */
import type { ChildStatus } from "hermod";
import type { Run } from "../command.ts";
import { itemsOf, rest } from "../rest.ts";
import { plain, type Look } from "../text.ts";

export const tree: Run = async ({ settings }) => {
  const systems = itemsOf<Told>(await rest(await settings(), "/v1/systems"));
  return { data: systems, text: (look) => systems.map((system) => shown(system, look)).join("") };
};

/** A system as it travels; one that does not answer has no tree. */
interface Told {
  readonly system: string;
  readonly client?: string;
  readonly tree?: readonly ChildStatus[];
}

function shown({ system, client, tree: places }: Told, look: Look): string {
  const name = `${plain(client ?? "system")}  ${look.paint("dim", plain(system))}`;
  if (places === undefined) return `${name}  ${look.paint("red", "does not answer")}\n`;
  return `${name}\n${places.map((place) => branch(place, "  ", "  ", look)).join("")}`;
}

const STYLES = { starting: "yellow", running: "green", stopped: "dim", failed: "red" } as const;

function branch(place: ChildStatus, lead: string, below: string, look: Look): string {
  const { name, type, state, restarts, restart, paused, error, children = [] } = place;
  const more = [
    restart,
    paused && "paused",
    restarts > 0 && `${restarts} restarts`,
    error && plain(error.message),
  ].filter(Boolean);
  const line = `${lead}${plain(name)}  ${type}  ${look.paint(STYLES[state] ?? "dim", state)}  ${more.join(", ")}\n`;
  const lines = children.map((child, at) => {
    const isLast = at === children.length - 1;
    return branch(child, `${below}${isLast ? "└─ " : "├─ "}`, `${below}${isLast ? "   " : "│  "}`, look);
  });
  return line + lines.join("");
}
