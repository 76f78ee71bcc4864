/** Text: what others wrote, made fit for a terminal; JSON for programs; columns for people. */
import { columnsOf, cut } from "../drawing/canvas.ts";

/** What steers a terminal or turns the reading order. */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text of others on one line, without what could steer a terminal. */
export function plain(text: string): string {
  return text.replaceAll(STEERING, " ");
}

/** JSON whose strings cannot steer a terminal either; bytes as `{"$bytes": "<base64>"}`, as everywhere in Hermod. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, withBytes, indent) ?? "null";
  return text.replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function withBytes(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  return value === Infinity ? null : value;
}

function escaped(letter: string): string {
  return Array.from({ length: letter.length }, (_, at) => {
    return `\\u${letter.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}

/** What no shell makes anything else of. */
const WORD = /^[\w@%+=:,./-]+$/u;

/** A command with names that others chose, as it can be typed into a shell: each stays one word, and none becomes an option. */
export function commandLine(command: string, ...names: readonly string[]): string {
  const behind = names.some((name) => name.startsWith("-")) ? ["--"] : [];
  return ["hermod", command, ...behind, ...names.map(word)].join(" ");
}

function word(name: string): string {
  const text = plain(name);
  return WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How the answer will be seen. */
export interface Look {
  /** Columns of the terminal; Infinity where there is none. */
  readonly width: number;
  readonly isTerminal: boolean;
  /** Puts colour on text, where there is a terminal that wants it. */
  readonly paint: (style: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;
}

/** A column: its title and what stands in it. */
export type Column<T> = readonly [title: string, value: (row: T) => string | number | undefined];

const GAP = 2;
/** A number, or none. */
const NUMBER = /^(-|\d[\d.,]*)$/u;

/** Rows under titles, in aligned columns; no wider than the terminal, and never cut where there is none. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], look: Look): string {
  const cells = rows.map((row) => columns.map(([, value]) => plain(String(value(row) ?? "-"))));
  const titles = columns.map(([title]) => title);
  const widths = titles.map((title, at) =>
    cells.reduce((most, row) => Math.max(most, columnsOf(row[at] ?? "")), title.length),
  );
  const isNumber = titles.map(
    (_, at) => cells.some((row) => row[at] !== "-") && cells.every((row) => NUMBER.test(row[at] ?? "")),
  );
  const line = (row: readonly string[]): string => {
    const text = row
      .map((cell, at) => padded(cell, widths[at] ?? 0, isNumber[at] ?? false))
      .join(" ".repeat(GAP));
    return cut(text.trimEnd(), look.width);
  };
  return [look.paint("bold", line(titles)), ...cells.map(line)].map((each) => `${each}\n`).join("");
}

function padded(cell: string, width: number, toRight: boolean): string {
  const room = " ".repeat(Math.max(0, width - columnsOf(cell)));
  return toRight ? room + cell : cell + room;
}

/** Names and values, one a line. */
export function fields(values: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(values).filter(([, value]) => value !== undefined);
  const width = shown.reduce((most, [name]) => Math.max(most, name.length), 0);
  const lines = shown.map(([name, value]) => `${name.padEnd(width)}  ${fieldText(value)}`);
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function fieldText(value: unknown): string {
  return plain(typeof value === "string" ? value : toJson(value));
}

/** A moment, in UTC. */
export function moment(at: number | undefined): string {
  return at === undefined ? "-" : new Date(at).toISOString();
}

/** The time of day, in UTC. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** How long: 41ms, 3.2s, 5m, 2h, 3d. */
export function span(ms: number | undefined): string {
  if (ms === undefined) return "-";
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)}h` : `${Math.round(ms / 86_400_000)}d`;
}

/** A value in a few words. */
export function preview(value: unknown, most = 60): string {
  return cut(plain(value === undefined ? "" : toJson(value)), most);
}
