/** Schemas: any validator that follows Standard Schema 1 (zod, valibot, arktype, …); the shape is theirs, no package is needed. */
import { HermodError, describe } from "./errors.ts";
import { adopt, isPromise, type Maybe } from "./maybe.ts";

/** A Standard Schema (standardschema.dev, version 1): what it accepts is `In`, what it yields is `Out`. */
export interface Schema<In = unknown, Out = In> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

interface SchemaResult<Out> {
  readonly value?: Out;
  readonly issues?: readonly SchemaIssue[] | undefined;
}

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema accepts. */
export type InputOf<S> = S extends Schema<infer In, unknown> ? In : never;
/** What a schema yields. */
export type OutputOf<S> = S extends Schema<unknown, infer Out> ? Out : never;

/** What a value is called in errors; a function where making the text for each message would be waste. */
export type Label = string | (() => string);

type Code = "HERMOD_BAD_PAYLOAD" | "HERMOD_BAD_REPLY";

/** True for a Standard Schema of version 1. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as { "~standard"?: { version?: unknown; validate?: unknown } })["~standard"];
  return standard?.version === 1 && typeof standard.validate === "function";
}

/**
 * What the schema yields for the value; `what` names the value in errors, `code` is the error's code.
 * @throws HermodError with that code when the value does not fit or the validator itself throws.
 */
export function validate<Out>(
  schema: Schema<unknown, Out>,
  value: unknown,
  what: Label,
  code: Code = "HERMOD_BAD_PAYLOAD",
): Maybe<Out> {
  const result = ask(schema, value, what, code);
  return isPromise(result) ? result.then((done) => judge(done, what, code)) : judge(result, what, code);
}

/**
 * Whether the value fits: what the schema yields is not looked at, and may be what nobody can look at.
 * @throws HermodError as `validate`.
 */
export function check(
  schema: Schema,
  value: unknown,
  what: Label,
  code: Code = "HERMOD_BAD_PAYLOAD",
): Maybe<void> {
  const result = ask(schema, value, what, code);
  return isPromise(result)
    ? result.then((done) => void judge(done, what, code))
    : void judge(result, what, code);
}

function ask<Out>(
  schema: Schema<unknown, Out>,
  value: unknown,
  what: Label,
  code: Code,
): Maybe<SchemaResult<Out>> {
  let result: Maybe<SchemaResult<Out>>;
  try {
    result = adopt(schema["~standard"].validate(value));
  } catch (cause) {
    throw broken(what, code, cause);
  }
  if (!isPromise(result)) return result;
  return (result as Promise<SchemaResult<Out>>).catch((cause: unknown) =>
    Promise.reject(broken(what, code, cause)),
  );
}

function judge<Out>(result: SchemaResult<Out>, what: Label, code: Code): Out {
  if (typeof result !== "object" || result === null)
    throw broken(what, code, "it answered neither a value nor issues");
  const issues = issuesOf(result, what, code);
  if (issues === undefined) return result.value as Out;
  const list = issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new HermodError(code, `${text(what)} does not fit its schema: ${list}`, { details: { issues } });
}

/** A validator of the user's own may keep the standard's shape by half: its issues are only read, never trusted. */
function issuesOf(result: SchemaResult<unknown>, what: Label, code: Code) {
  try {
    if (result.issues === undefined) return undefined;
    return [result.issues]
      .flat()
      .slice(0, 10)
      .map((issue) => ({ path: pathOf(issue), message: String(issue?.message) }));
  } catch (cause) {
    throw broken(what, code, cause);
  }
}

function broken(what: Label, code: Code, cause: unknown): HermodError {
  return new HermodError(code, `the schema of ${text(what)} threw: ${describe(cause)}`, { cause });
}

function text(what: Label): string {
  return typeof what === "string" ? what : what();
}

function pathOf(issue: SchemaIssue | undefined): string {
  const keys = [issue?.path ?? []].flat().map((step) => String(typeof step === "object" ? step?.key : step));
  return ["$", ...keys].join(".");
}
