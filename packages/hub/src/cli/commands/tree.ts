/** Tree: supervisors and what they watch over, as the hub knows it. */
import type { ChildStatus } from "hermod";
import type { Run } from "../command.ts";
import { itemsOf, rest } from "../rest.ts";
import { plain, type Look } from "../text.ts";

export const tree: Run = async ({ settings }) => {
  const places = itemsOf<ChildStatus>(await rest(await settings(), "/v1/tree"));
  return { data: places, text: (look) => places.map((place) => branch(place, "", "", look)).join("") };
};

const STYLES = { starting: "yellow", running: "green", stopped: "dim", failed: "red" } as const;

function branch(place: ChildStatus, lead: string, below: string, look: Look): string {
  const { name, type, state, restarts, restart, error, children = [] } = place;
  const more = [restart, restarts > 0 && `${restarts} restarts`, error && plain(error.message)].filter(
    Boolean,
  );
  const line = `${lead}${plain(name)}  ${type}  ${look.paint(STYLES[state] ?? "dim", state)}  ${more.join(", ")}\n`;
  const lines = children.map((child, at) => {
    const isLast = at === children.length - 1;
    return branch(child, `${below}${isLast ? "└─ " : "├─ "}`, `${below}${isLast ? "   " : "│  "}`, look);
  });
  return line + lines.join("");
}
