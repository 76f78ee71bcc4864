/**
 * Fields: the form of a JSON Schema: text, figures, switches, choices, objects and lists of these. Whatever else a schema says is written as JSON.
 * A form's value is what was typed; `written` makes of it what is sent, and leaves out what is empty and need not be there.
 */
import type { JsonSchema } from "../../api/types.ts";

interface Common {
  /** What it is called in the object around it; "" for the whole. */
  readonly name: string;
  readonly isNeeded: boolean;
  readonly description: string | undefined;
}

export type Field = Common &
  (
    | { readonly kind: "text"; readonly isLong: boolean; readonly least: number | undefined }
    | {
        readonly kind: "number";
        readonly isWhole: boolean;
        readonly least: number | undefined;
        readonly most: number | undefined;
      }
    | { readonly kind: "switch" }
    | { readonly kind: "choice"; readonly choices: readonly Scalar[] }
    | { readonly kind: "object"; readonly fields: readonly Field[] }
    | { readonly kind: "list"; readonly item: Field }
    | { readonly kind: "json" }
  );
type Scalar = string | number | boolean | null;

/** What was typed: text where it is a field, and as the schema builds it above. A choice is the number of what is chosen. */
export type Typed = string | boolean | { readonly [name: string]: Typed } | readonly Typed[];

/** Levels and fields of a form; below and beyond, JSON. */
const MOST = { levels: 5, fields: 60 };

/** The form of a schema. */
export function toField(schema: JsonSchema | undefined): Field {
  return toNamed("", schema ?? {}, true, schema ?? {}, 0);
}

function toNamed(name: string, given: unknown, isNeeded: boolean, root: JsonSchema, level: number): Field {
  const schema = resolved(given, root);
  const description = typeof schema["description"] === "string" ? schema["description"] : undefined;
  return { name, isNeeded, description, ...(kindOf(schema, root, level) as object) } as Field;
}

function kindOf(schema: JsonSchema, root: JsonSchema, level: number): object {
  const choices = choicesOf(schema);
  if (choices) return { kind: "choice", choices };
  const { type, minimum, maximum, maxLength, minLength } = schema;
  if (type === "string")
    return { kind: "text", isLong: typeof maxLength !== "number" && level === 0, least: boundOf(minLength) };
  if (type === "number" || type === "integer")
    return { kind: "number", isWhole: type === "integer", least: boundOf(minimum), most: boundOf(maximum) };
  if (type === "boolean") return { kind: "switch" };
  if (level >= MOST.levels) return { kind: "json" };
  if (type === "object") return objectOf(schema, root, level);
  if (type === "array" && isSchema(schema["items"]) && !("prefixItems" in schema))
    return { kind: "list", item: toNamed("", schema["items"], true, root, level + 1) };
  return { kind: "json" };
}

/** An object of named fields; one of any names is written as JSON. */
function objectOf(schema: JsonSchema, root: JsonSchema, level: number): object {
  const { properties, required, additionalProperties } = schema;
  const named = isSchema(properties) ? Object.entries(properties) : [];
  if (isSchema(additionalProperties) || (named.length === 0 && additionalProperties !== false))
    return { kind: "json" };
  if (named.length > MOST.fields) return { kind: "json" };
  const needed = new Set(Array.isArray(required) ? required : []);
  return {
    kind: "object",
    fields: named.map(([name, each]) => toNamed(name, each, needed.has(name), root, level + 1)),
  };
}

function choicesOf({ enum: listed, const: only, anyOf }: JsonSchema): readonly Scalar[] | undefined {
  if (Array.isArray(listed) && listed.every(isScalar)) return listed;
  if (only !== undefined && isScalar(only)) return [only];
  if (
    !Array.isArray(anyOf) ||
    !anyOf.every((each) => isSchema(each) && "const" in each && isScalar(each["const"]))
  )
    return undefined;
  return (anyOf as readonly { readonly const: Scalar }[]).map((each) => each.const);
}

/** What a reference within the schema leads to; one that leads in a circle says nothing. */
function resolved(given: unknown, root: JsonSchema): JsonSchema {
  let schema = isSchema(given) ? given : {};
  for (let steps = 0; steps < 8; steps++) {
    const { $ref: reference } = schema;
    if (typeof reference !== "string") return schema;
    const found = at(reference, root);
    if (!isSchema(found)) return {};
    const { $ref: _, ...beside } = schema;
    schema = { ...found, ...beside };
  }
  return {};
}

function at(reference: string, root: JsonSchema): unknown {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return undefined;
  const path = reference
    .slice(2)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return path.reduce<unknown>(
    (within, part) => (isSchema(within) && Object.hasOwn(within, part) ? within[part] : undefined),
    root,
  );
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): value is Scalar =>
  value === null || ["string", "number", "boolean"].includes(typeof value);
const boundOf = (value: unknown): number | undefined =>
  typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;

/** What stands in a form at first: the schema's defaults, else nothing. */
export function blank(field: Field, given?: unknown): Typed {
  switch (field.kind) {
    case "object": {
      const values = isSchema(given) ? given : {};
      return Object.fromEntries(field.fields.map((each) => [each.name, blank(each, values[each.name])]));
    }
    case "list":
      return Array.isArray(given) ? given.map((each) => blank(field.item, each)) : [];
    case "switch":
      return given === undefined ? (field.isNeeded ? "no" : "") : given === true ? "yes" : "no";
    case "choice": {
      const known = field.choices.findIndex((each) => each === given);
      return known >= 0 ? String(known) : field.isNeeded ? "0" : "";
    }
    case "json":
      return given === undefined ? "" : JSON.stringify(given, null, 2);
    default:
      return given === null || !isScalar(given) ? "" : String(given);
  }
}

/** The defaults that a schema says, as a value. */
export function defaultOf(schema: JsonSchema | undefined, root = schema ?? {}, level = 0): unknown {
  const known = resolved(schema, root);
  if ("default" in known) return known["default"];
  const { properties, required } = known;
  if (level >= MOST.levels || !isSchema(properties)) return undefined;
  const needed = new Set(Array.isArray(required) ? required : []);
  // What stands in an object that need not be there counts once somebody writes one.
  const own = Object.entries(properties).filter(
    ([name, each]) => needed.has(name) || (isSchema(each) && "default" in each),
  );
  const said = own.map(([name, each]) => [name, defaultOf(each as JsonSchema, root, level + 1)] as const);
  const kept = said.filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** What cannot be sent, and where: "address.zip". */
export interface Complaint {
  readonly path: string;
  readonly rule: string;
}

/** A form's value as it is sent, or what is wrong with it; undefined is nothing at all. */
export function written(
  field: Field,
  typed: Typed,
  path = "",
): { readonly value: unknown; readonly wrong: readonly Complaint[] } {
  const wrong: Complaint[] = [];
  const value = write(field, typed, path, (rule, where = path) => wrong.push({ path: where, rule }), wrong);
  return { value, wrong };
}

type Complain = (rule: string, path?: string) => void;

function write(field: Field, typed: Typed, path: string, complain: Complain, wrong: Complaint[]): unknown {
  if (field.kind === "object") return writeObject(field, typed, path, wrong);
  if (field.kind === "list") return writeList(field, typed, path, wrong);
  const text = typeof typed === "string" ? typed : "";
  if (text.trim() === "" && (field.kind !== "text" || !field.isNeeded || text === "")) {
    if (field.kind === "text" && field.isNeeded) return toText(field, text, complain);
    if (field.isNeeded && field.kind !== "json") complain("is needed");
    return undefined;
  }
  if (field.kind === "text") return toText(field, text, complain);
  if (field.kind === "switch") return text === "yes";
  if (field.kind === "choice") return field.choices[Number(text)];
  return field.kind === "number" ? toNumber(field, text, complain) : toJson(text, complain);
}

function writeObject(
  field: Field & { kind: "object" },
  typed: Typed,
  path: string,
  wrong: Complaint[],
): unknown {
  const values = typed as Readonly<Record<string, Typed>>;
  const said = field.fields.flatMap((each) => {
    const place = path === "" ? each.name : `${path}.${each.name}`;
    const { value, wrong: found } = written(each, values[each.name] ?? blank(each), place);
    // Of an object that need not be there nothing is needed while nothing of it is said.
    if (each.kind === "object" && !each.isNeeded && isUntouched(each, values[each.name])) return [];
    wrong.push(...found);
    return value === undefined ? [] : [[each.name, value] as const];
  });
  return Object.fromEntries(said);
}

function writeList(field: Field & { kind: "list" }, typed: Typed, path: string, wrong: Complaint[]): unknown {
  const items = typed as readonly Typed[];
  if (items.length === 0 && !field.isNeeded) return undefined;
  return items.map((each, number) => {
    const { value, wrong: found } = written(field.item, each, `${path}[${number}]`);
    wrong.push(...found);
    return value ?? null;
  });
}

function isUntouched(field: Field, typed: Typed | undefined): boolean {
  return typed === undefined || JSON.stringify(typed) === JSON.stringify(blank(field));
}

function toText({ least = 0 }: Field & { kind: "text" }, text: string, complain: Complain): string {
  if (text.length < least) complain(text === "" ? "is needed" : `must have at least ${least} characters`);
  return text;
}

function toNumber(
  { isWhole, least, most }: Field & { kind: "number" },
  text: string,
  complain: Complain,
): unknown {
  const value = Number(text);
  if (!Number.isFinite(value)) complain("must be a number");
  else if (isWhole && !Number.isInteger(value)) complain("must be a whole number");
  else if (least !== undefined && value < least) complain(`must be at least ${least}`);
  else if (most !== undefined && value > most) complain(`must be at most ${most}`);
  return value;
}

function toJson(text: string, complain: Complain): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    complain(error instanceof Error ? error.message : "is no JSON");
    return undefined;
  }
}
