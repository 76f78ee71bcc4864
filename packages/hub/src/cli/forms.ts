/**
 * Forms: how an answer is put out: for people, as one JSON document, as a line of JSON for each item, or as CSV; whole, or the
 * fields that were asked for. No command knows of it.
 */
import { suggestion } from "hermod";
import type { Answer } from "./command.ts";
import type { Io } from "./io.ts";
import { choiceOf, isSet, textOf, type Options } from "./options.ts";
import { Usage } from "./problem.ts";
import { fields as inLines, plain, table, toJson } from "./text.ts";

const names = ["table", "json", "ndjson", "csv"] as const;

/** How it is put out, and which fields alone. */
export interface Form {
  readonly name: (typeof names)[number];
  readonly fields?: readonly string[];
}

/** The version of the JSON that is put out. */
const VERSION = 1;

/** The form that was asked for. @throws Usage for one that is none, two at once, and fields that the answer has not. */
export function formOf(options: Options, known: readonly string[] = []): Form {
  const typed = choiceOf(options, "output", names);
  if (isSet(options, "json") && typed !== undefined && typed !== "json")
    throw new Usage(
      `--json is -o json, and does not go with -o ${typed}`,
      `Choose fields by --fields: -o ${typed} --fields ${known.slice(0, 2).join(",")}.`,
    );
  const name = isSet(options, "json") ? "json" : (typed ?? "table");
  const list = textOf(options, "fields");
  return list === undefined ? { name } : { name, fields: list.split(",").map((each) => aField(each, known)) };
}

/** A field, or a path into one. @throws Usage naming the nearest. */
function aField(text: string, known: readonly string[]): string {
  const path = text.trim();
  if (known.includes(path.split(".", 1)[0] ?? "")) return path;
  if (path === "") throw new Usage("a field has no name", `There are: ${known.join(", ")}.`);
  throw new Usage(
    `there is no field ${JSON.stringify(path)}.${suggestion(path, known)}`,
    `There are: ${known.join(", ")}.${known.includes("payload") ? " payload.text and the like lead into one." : ""}`,
  );
}

/** Puts a whole answer out. */
export function putAnswer({ data, next, text }: Answer, form: Form, known: readonly string[], io: Io): void {
  const { fields } = form;
  const items = Array.isArray(data) ? (data as readonly unknown[]) : [data];
  const picked =
    fields === undefined ? data : Array.isArray(data) ? items.map(picker(fields)) : picker(fields)(data);
  if (form.name === "json")
    io.out(`${toJson({ v: VERSION, data: picked, ...(next !== undefined && { next }) })}\n`);
  else if (form.name === "table") io.out(fields === undefined ? text(io.look) : shown(data, fields, io));
  else {
    const put = putItem(form, known, io);
    for (const item of items) put(item, "");
    if (items.length === 0 && form.name === "csv") io.out(line(columnsOf(form, known)));
  }
}

/** Puts the items of a stream out, one after the other; `text` is what people see of one. */
export function putItem(form: Form, known: readonly string[], io: Io): (item: unknown, text: string) => void {
  const { name, fields } = form;
  const pick = fields === undefined ? (item: unknown) => item : picker(fields);
  if (name === "json" || name === "ndjson") return (item) => io.out(`${toJson(pick(item))}\n`);
  if (name === "table" && fields === undefined) return (_item, text) => io.out(text);
  const columns = columnsOf(form, known);
  if (name === "table")
    return (item) => io.out(`${columns.map((path) => cell(valueAt(item, path)) || "-").join("  ")}\n`);
  let head = line(columns);
  return (item) => {
    io.out(head + line(columns.map((path) => guarded(valueAt(item, path)))));
    head = "";
  };
}

/** What a message says of itself stands beside what became of it. */
function columnsOf({ fields }: Form, known: readonly string[]): readonly string[] {
  return fields ?? known.filter((each) => each !== "envelope");
}

function picker(fields: readonly string[]): (item: unknown) => unknown {
  return (item) => Object.fromEntries(fields.map((path) => [path, valueAt(item, path) ?? null]));
}

/** What stands at a path; what is not there is looked for in the envelope. */
function valueAt(item: unknown, path: string): unknown {
  const inside = (from: unknown): unknown => path.split(".").reduce((value, key) => own(value, key), from);
  return inside(item) ?? inside(own(item, "envelope"));
}

function own(value: unknown, key: string): unknown {
  const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, key);
  return isThere ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function shown(data: unknown, fields: readonly string[], { look }: Io): string {
  if (!Array.isArray(data))
    return inLines(Object.fromEntries(fields.map((path) => [path, valueAt(data, path)])));
  const columns = fields.map(
    (path) => [path.toUpperCase(), (row: unknown) => cell(valueAt(row, path)) || undefined] as const,
  );
  return table(data as readonly unknown[], columns, look);
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return plain(typeof value === "string" ? value : toJson(value));
}

/** A spreadsheet takes text of others that begins so for a formula of its own. */
const FORMULA = /^[=+@-]/u;

function guarded(value: unknown): string {
  return typeof value === "string" && FORMULA.test(value) ? `'${cell(value)}` : cell(value);
}

/** A line of CSV, as RFC 4180 has it but for its end. */
function line(cells: readonly string[]): string {
  const written = cells.map((each) => (/[",]/u.test(each) ? `"${each.replaceAll('"', '""')}"` : each));
  return `${written.join(",")}\n`;
}
