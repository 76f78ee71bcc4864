/** Tool: something that a model may call while it works on a message: a function, or an operation of another agent. */
import { boxed, isOfObjects, toJsonSchema, unboxed } from "../core/jsonschema.ts";
import { isContract } from "../core/contract.ts";
import { HermodError } from "../core/errors.ts";
import type { JsonSchema, ToolSpec } from "../core/model.ts";
import { aFunction, checkOptions } from "../core/options.ts";
import { isSchema, type InputOf, type OutputOf, type Schema } from "../core/schema.ts";
import { show } from "../core/duration.ts";
import type { Context } from "./context.ts";
import type { AnyContract, CallOf, CallOptions } from "./target.ts";

/** A tool, checked and complete. */
export interface Tool {
  readonly spec: ToolSpec;
  /** What its input must be. */
  readonly input: Schema<unknown, unknown>;
  /** The input in what a model gives: one that is no object stands in the field of one. */
  readonly inputOf: (given: unknown) => unknown;
  /** Whose words its result is. */
  readonly from: string;
  readonly run: (input: never, ctx: Context) => unknown;
}

/** What a tool is made of. */
export interface ToolOptions<S extends Schema<unknown, unknown>> {
  /** What the model is told of it. */
  readonly description?: string;
  readonly input: S;
  /** Does it; what it returns goes back to the model, and so does the message of an error. */
  readonly run: (input: OutputOf<S>, ctx: Context) => unknown;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** What a tool takes whose schema cannot say it. */
const anything: JsonSchema = Object.freeze({ type: "object" });
/** Where input stands that is no object: endpoints take nothing else. */
const FIELD = "input";

/**
 * A tool that is a function of yours: `tool("tide", { input: z.object({ port: z.string() }), run: ({ port }) => … })`.
 * @throws HermodError HERMOD_BAD_OPTION naming what is wrong.
 */
export function tool<S extends Schema<unknown, unknown>>(name: string, options: ToolOptions<S>): Tool {
  checkOptions(`tool ${show(name)}`, options, ["description", "input", "run"]);
  const { description, input, run } = options;
  if (!isSchema(input)) wrong(name, "needs a Standard Schema as `input`");
  return Object.freeze({
    ...toInput(name, description, input),
    from: `tool ${name}`,
    run: aFunction(`tool ${name} run`, run) as Tool["run"],
  });
}

/**
 * An operation of another agent as a tool: it is called over the bus, so that deadline, budget, cancellation and trace hold across both.
 * @throws HermodError HERMOD_NO_OPERATION for what is no call of the contract, HERMOD_BAD_OPTION for what is no contract.
 */
export function agentTool<C extends AnyContract, const Op extends CallOf<C>>(
  contract: C,
  operation: Op,
  options: { readonly name?: string; readonly description?: string; readonly call?: CallOptions } = {},
): Tool {
  checkOptions("agentTool", options, ["name", "description", "call"]);
  if (!isContract(contract))
    throw new HermodError("HERMOD_BAD_OPTION", `agentTool needs a contract, got ${show(contract)}`, {
      hint: "Of an agent without one make a tool: tool(name, { input, run: (input, ctx) => ctx.call(agent, operation, input) }).",
    });
  const spec = contract.operations.get(operation);
  if (spec?.kind !== "call")
    throw new HermodError("HERMOD_NO_OPERATION", `${contract.name} has no call ${show(operation)}`);
  const name =
    options.name ?? `${contract.name}_${operation}`.replaceAll(/[^A-Za-z0-9_-]/gu, "_").slice(0, 64);
  return Object.freeze({
    ...toInput(name, options.description ?? `Asks the agent ${contract.name} to ${operation}.`, spec.in),
    from: contract.name,
    run: (input: never, ctx: Context) =>
      ctx.call(contract as AnyContract, operation as never, input as InputOf<never> as never, options.call),
  });
}

function toInput(
  name: string,
  description: string | undefined,
  input: Schema<unknown, unknown>,
): Pick<Tool, "spec" | "input" | "inputOf"> {
  if (typeof name !== "string" || !NAME.test(name))
    wrong(name, "needs a name of 1 to 64 letters, digits, _ and -");
  const schema = toJsonSchema(input) ?? anything;
  const isBare = isOfObjects(schema);
  return {
    spec: {
      name,
      ...(description !== undefined && { description }),
      input: isBare ? schema : boxed(schema, FIELD),
    },
    input,
    inputOf: (given) => (isBare ? given : unboxed(given, FIELD)),
  };
}

function wrong(name: unknown, rule: string): never {
  throw new HermodError("HERMOD_BAD_OPTION", `tool ${show(name)} ${rule}`, { details: { tool: show(name) } });
}

/** True for what `tool` or `agentTool` has made. */
export function isTool(value: unknown): value is Tool {
  const { spec, inputOf, run } = Object(value) as Partial<Tool>;
  return typeof spec?.name === "string" && typeof inputOf === "function" && typeof run === "function";
}
