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

/** True for a schema of text: its answers are said as they are, and can be streamed. */
export function isText(schema: JsonSchema | undefined): boolean {
  return schema?.["type"] === "string";
}
