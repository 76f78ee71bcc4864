/** Print: the demo for a terminal. Colour comes from `styleText`, which minds the terminal and NO_COLOR. */
import { inspect, styleText } from "node:util";
import { drawSequence, wrap, type Paint } from "@hermod/hub/drawing";
import type { Check } from "./check.ts";
import type { Tale } from "./tale.ts";

const styles = { good: "green", bad: "red", warn: "yellow", quiet: "dim", strong: "bold" } as const;

const paint: Paint = (tone, text) => styleText(styles[tone], text);

export function taleText({ id, title, about, messages, handlings, ending }: Tale, width: number): string {
  return [
    `${paint("strong", title)}  ${paint("quiet", `conversation ${id}`)}`,
    ...wrap(about, width, 3),
    "",
    drawSequence(messages, width, paint, handlings),
    "",
    ...ending.flatMap((line) => folded(line, width)),
    "",
    "",
  ].join("\n");
}

function folded(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  return wrap(line.trimStart(), width - indent.length, 5).map((part) => indent + part);
}

export function checkLines(checks: readonly Check[]): string {
  return checks.flatMap(toLines).join("\n");
}

function toLines({ name, ok, wanted, got }: Check): string[] {
  if (ok) return [`${paint("good", "✔")} ${name}`];
  return [paint("bad", `✖ ${name}`), `    wanted  ${shown(wanted)}`, `    got     ${shown(got)}`];
}

function shown(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 5 });
}
