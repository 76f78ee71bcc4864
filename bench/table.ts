/** The figures of one key as lines for a person. */
import type { Bound, Key } from "./keys/key.ts";
import type { Figure, Summary } from "./summary.ts";

const COLUMNS = [20, 10, 10, 10, 10] as const;

export function lines(key: Key, summary: Summary): string[] {
  return [
    `${key.name} (${key.unit}): ${key.about}`,
    row(["", "median", "min", "max", "× floor"]),
    figureRow("floor", summary.floorFigure),
    figureRow("ours", summary),
    ...Object.entries({ ...summary.variants, ...summary.peers }).map(([name, figure]) =>
      figureRow(name, figure),
    ),
    `  ${verdict(summary)}`,
    growthText(key, summary),
    "",
  ];
}

type Row = Pick<Figure, "value" | "min" | "max" | "ratio" | "extras" | "note">;

function figureRow(name: string, { value, min, max, ratio, extras, note = "" }: Row): string {
  const more = Object.entries(extras).map(([extra, amount]) => `${extra} ${short(amount)}`);
  return `${row([name, short(value), short(min), short(max), ratio.toFixed(2)])}   ${[...more, note].join("  ")}`.trimEnd();
}

const row = (cells: readonly string[]): string =>
  `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(COLUMNS[index] ?? 0) : cell.padStart(COLUMNS[index] ?? 0))).join("")}`;

function verdict(summary: Summary): string {
  if (Object.keys(summary.target).length === 0) return "no target";
  return `target ${targetText(summary)}: ${summary.met ? "met" : `missed (${summary.missed.join(", ")})`}`;
}

function targetText({ target, stretch }: Summary): string {
  const bounds = Object.entries(target).map(([name, bound]) => `${name} ${boundText(bound)}`);
  return [...bounds, ...(stretch === undefined ? [] : [`(stretch ${short(stretch)})`])].join(" ");
}

const boundText = (bound: Bound): string =>
  "atLeast" in bound ? `≥ ${short(bound.atLeast)}` : `≤ ${short(bound.atMost)}`;

function growthText({ sizes }: Key, { growth }: Summary): string {
  const { size, value, ratio, floorRatio } = growth;
  return `  at ${size / sizes[0]} × the size (${size.toLocaleString("en")}): ${short(value)}, ${ratio.toFixed(2)} × the base; the floor ${floorRatio.toFixed(2)} ×`;
}

/** Three digits and a unit prefix. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`;
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
