/** JSON Schema: what a Standard Schema says of itself to a model. */
import type { JsonSchema } from "./model.ts";
import type { Schema } from "./schema.ts";

/** The part of Standard JSON Schema (standardschema.dev) that is asked for here; zod has it, others by their adapters. */
interface Described {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown };
}

const TARGET = "draft-2020-12";

/** What a value must be to be accepted by the schema; undefined where the schema cannot say it. */
export function toJsonSchema(schema: Schema): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"] as Described;
  try {
    const described = jsonSchema?.input?.({ target: TARGET });
    return typeof described === "object" && described !== null ? withoutDialect(described) : undefined;
  } catch {
    // What cannot be written as JSON Schema, such as a transform, is checked when it comes.
    return undefined;
  }
}

/** Models are told what to say, and not in which dialect of schemas that is written. */
function withoutDialect({ $schema: _, ...schema }: { readonly $schema?: unknown }): JsonSchema {
  return schema;
}

/** True for a schema of text. */
export function isText(schema: JsonSchema | undefined): boolean {
  return schema?.["type"] === "string";
}

const rules = ["enum", "const", "pattern", "format"] as const;

/** True for a schema of any text: its answers are said as they are, and can be streamed. Whoever is to choose a word needs to know of which. */
export function isFreeText(schema: JsonSchema | undefined): boolean {
  return schema !== undefined && isText(schema) && rules.every((rule) => !(rule in schema));
}

/** True for a schema of objects. Endpoints take no other for the input of a tool, and for an answer. */
export function isOfObjects(schema: JsonSchema): boolean {
  return schema["type"] === "object";
}

/** The schema of objects whose only field has a value of this schema. */
export function boxed(schema: JsonSchema, field: string): JsonSchema {
  const { $defs, ...inner } = schema;
  // What refers to the whole refers to the field now. A quotation mark inside a text is escaped, so this finds no other.
  const moved = JSON.stringify(inner).replaceAll('"$ref":"#"', `"$ref":"#/properties/${field}"`);
  return {
    type: "object",
    properties: { [field]: JSON.parse(moved) as unknown },
    required: [field],
    additionalProperties: false,
    ...($defs !== undefined && { $defs }),
  };
}

/** The value in such an object; one without it, as some models give it, is taken as it is. */
export function unboxed(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  return names.length === 1 && names[0] === field ? (value as Record<string, unknown>)[field] : value;
}
