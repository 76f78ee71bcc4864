/**
 * Simulated model: deterministic by seed, scripted by prompt and agent; it streams, calls tools, counts tokens, and fails as real ones do. For
 * demos and tests without a key.
 */
import { systemClock, type Clock } from "../core/clock.ts";
import { show, toMs, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { digest } from "../core/id.ts";
import type { Model, ModelLimits, ModelPart, ModelReply, ModelRequest, ToolCall } from "../core/model.ts";
import { aFunction, aList, aNumber, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { costOf, toPrice, type Price } from "../core/price.ts";
import { toModelLimits } from "../core/ratelimit.ts";
import { promptOf } from "../core/textmodel.ts";
import { inputTokens, tokensOf } from "../core/tokens.ts";
import { paused } from "./paused.ts";

/** How a call can go wrong. */
export const faultKinds = ["rate-limit", "error", "refuse", "malformed", "cut", "stall"] as const;
export type FaultKind = (typeof faultKinds)[number];

/** An answer to prompts that contain or match something. */
export interface Script {
  /** Found in the prompt: of a conversation, in all that was said. */
  readonly when: string | RegExp | ((request: ModelRequest) => boolean);
  /** Of this agent alone. */
  readonly agent?: string;
  /** The answer, or a function of the prompt; what it throws fails the call. */
  readonly say?: string | ((prompt: string, request: ModelRequest) => string);
  /** The tools that it wants called. */
  readonly call?: readonly Pick<ToolCall, "name" | "input">[];
  /** Goes wrong instead. */
  readonly fault?: FaultKind;
  /** How often it answers; default always. */
  readonly times?: number;
}

/** Options of the simulated model. */
export interface SimulatedOptions {
  /** Another seed gives other words and other faults; default 1. */
  readonly seed?: number;
  /** The first script that fits answers; without one the words are drawn from the prompt and the seed. */
  readonly script?: readonly Script[];
  /** Time before the first piece; default none. */
  readonly latency?: Duration;
  /** Time between two pieces of a stream; default none. */
  readonly pace?: Duration;
  /** How often each fault happens by chance, from 0 to 1; default never. */
  readonly faults?: Readonly<Partial<Record<FaultKind, number>>>;
  /** What a rate limit asks for; default "1s". */
  readonly retryAfter?: Duration;
  /** Price of a million tokens in and out; default none. */
  readonly price?: Price;
  /** What its endpoint takes, kept by the system; default no limit. */
  readonly limits?: ModelLimits;
  /** What latency and pace are measured by; default the machine's clock. */
  readonly clock?: Clock;
}

/** A simulated model that tells what it was asked. */
export interface SimulatedModel extends Model {
  /** All requests, oldest first. */
  readonly requests: readonly ModelRequest[];
}

const known = ["seed", "script", "latency", "pace", "faults", "retryAfter", "price", "limits", "clock"];
const words = "tide harbour signal raven anchor letter compass lantern beacon current horizon message".split(
  " ",
);

/** A model that answers without a network: the same prompts in the same order, and the same seed, always give the same answers. */
export function simulated(options: SimulatedOptions = {}): SimulatedModel {
  checkOptions("simulated", options, known);
  return new Simulated(options);
}

class Simulated implements SimulatedModel {
  readonly name: string;
  readonly simulated = true;
  readonly price?: Price;
  readonly limits: ModelLimits;
  readonly requests: ModelRequest[] = [];
  readonly #options: SimulatedOptions;
  readonly #seed: number;
  readonly #clock: Clock;
  readonly #wait: { readonly latency: number; readonly pace: number; readonly retryAfter: number };
  /** The scripts with how often each may still answer. */
  readonly #scripts: readonly { readonly script: Script; left: number }[];

  constructor(options: SimulatedOptions) {
    const { seed = 1, script = [], latency = 0, pace = 0, retryAfter = "1s", clock = systemClock } = options;
    this.#options = options;
    this.limits = toModelLimits("simulated.limits", options.limits ?? {});
    this.#seed = aNumber("simulated.seed", seed);
    this.#scripts = aList("simulated.script", script).map((entry) => ({
      script: checkScript(entry),
      left: entry.times ?? Infinity,
    }));
    this.#wait = {
      latency: toMs(latency, "simulated.latency"),
      pace: toMs(pace, "simulated.pace"),
      retryAfter: toMs(retryAfter, "simulated.retryAfter"),
    };
    checkOptions("simulated.faults", options.faults ?? {}, faultKinds);
    for (const [kind, share] of Object.entries(options.faults ?? {}))
      aNumber(`simulated.faults.${kind}`, share, 1);
    const price = toPrice(options.price);
    if (price) this.price = price;
    this.#clock = clock;
    this.name = `simulated (seed ${seed})`;
  }

  async text(prompt: string, options: Omit<ModelRequest, "messages"> = {}): Promise<string> {
    if (typeof prompt !== "string")
      throw new HermodError("HERMOD_BAD_OPTION", `prompt must be text, got ${show(prompt)}`);
    return (await this.generate({ ...options, messages: [{ role: "user", content: prompt }] })).text;
  }

  async generate(request: ModelRequest): Promise<ModelReply> {
    for await (const part of this.stream(request)) if (part.type === "end") return part.reply;
    throw failed("the answer was cut off");
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelPart> {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    const script = this.#scriptFor(request);
    const fault = script?.fault ?? this.#chance();
    if (this.#wait.latency > 0) await paused(this.#clock, this.#wait.latency, request.signal);
    if (fault === "rate-limit") throw limited(this.#wait.retryAfter);
    if (fault === "error") throw failed("the model is overloaded (529)");
    const reply = this.#reply(request, script, fault);
    const pieces = piecesOf(reply.text);
    for (const [at, text] of pieces.entries()) {
      if (at > 0 && this.#wait.pace > 0) await paused(this.#clock, this.#wait.pace, request.signal);
      request.signal?.throwIfAborted();
      if (at >= pieces.length / 2 && fault === "cut") throw failed("the connection was cut");
      if (at >= pieces.length / 2 && fault === "stall") await paused(this.#clock, Infinity, request.signal);
      yield { type: "text", text };
    }
    yield { type: "end", reply };
  }

  #scriptFor(request: ModelRequest): Script | undefined {
    const prompt = promptOf(request.messages);
    const found = this.#scripts.find(({ script, left }) => left > 0 && fits(script, prompt, request));
    if (found) found.left--;
    return found?.script;
  }

  /** Each call draws once, so that a fault more or less moves no other. */
  #chance(): FaultKind | undefined {
    let drawn = parseInt(digest(`${this.#seed} ${this.requests.length}`).slice(0, 8), 16) / 2 ** 32;
    for (const kind of faultKinds) {
      drawn -= this.#options.faults?.[kind] ?? 0;
      if (drawn < 0) return kind;
    }
    return undefined;
  }

  #reply(request: ModelRequest, script: Script | undefined, fault: FaultKind | undefined): ModelReply {
    const said = fault === "refuse" ? "I cannot help with that." : this.#said(request, script);
    const text = fault === "malformed" ? said.slice(0, Math.ceil(said.length / 2)) : said;
    const toolCalls = (fault === "refuse" ? [] : (script?.call ?? [])).map((call, at) => ({
      id: `call-${this.requests.length}-${at + 1}`,
      ...call,
    }));
    const finish = fault === "refuse" ? "refused" : toolCalls.length > 0 ? "tools" : "stop";
    return { text, toolCalls, usage: this.#usage(request, text + JSON.stringify(toolCalls)), finish };
  }

  #said(request: ModelRequest, script: Script | undefined): string {
    const prompt = promptOf(request.messages);
    if (script === undefined) return invented(prompt, this.#seed);
    const { say = "" } = script;
    return typeof say === "string" ? say : say(prompt, request);
  }

  #usage(request: ModelRequest, answer: string): ModelReply["usage"] {
    const [input, output] = [inputTokens(request), tokensOf(answer)];
    const cost = this.price && costOf(this.price, input, output);
    return { inputTokens: input, outputTokens: output, ...(cost !== undefined && { cost }) };
  }
}

function fits({ when, agent }: Script, prompt: string, request: ModelRequest): boolean {
  if (agent !== undefined && agent !== request.agent) return false;
  if (typeof when === "function") return when(request);
  return typeof when === "string" ? prompt.includes(when) : when.test(prompt);
}

function checkScript(entry: Script): Script {
  checkOptions("simulated.script", entry, ["when", "agent", "say", "call", "fault", "times"]);
  const { when, say, call, fault, times } = entry;
  const isWhen = typeof when === "string" || when instanceof RegExp || typeof when === "function";
  const isSay = say === undefined || typeof say === "string" || typeof say === "function";
  if (!isWhen || !isSay || (say ?? call ?? fault) === undefined)
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `simulated.script needs { when: text, pattern or function, and one of say: text or function, call: tools, fault }`,
    );
  if (fault !== undefined) oneOf("simulated.script.fault", fault, faultKinds);
  if (times !== undefined) wholeNumber("simulated.script.times", times, 1);
  if (call !== undefined) aList("simulated.script.call", call);
  if (typeof when === "function") aFunction("simulated.script.when", when);
  return entry;
}

/** Words with what follows them, as a model streams its tokens. */
function piecesOf(text: string): readonly string[] {
  return text.match(/\s*\S+\s*/gu) ?? (text === "" ? [] : [text]);
}

function limited(retryAfter: number): HermodError {
  return new HermodError("HERMOD_RATE_LIMITED", `the model takes no more for ${retryAfter} ms (429)`, {
    details: { retryAfter },
  });
}

function failed(message: string): HermodError {
  return new HermodError("HERMOD_MODEL", message);
}

function invented(prompt: string, seed: number): string {
  const draws = digest(`${seed} ${prompt}`).match(/../g) ?? [];
  const chosen = draws.slice(0, 8).map((draw) => words[parseInt(draw, 16) % words.length]);
  return `${chosen.join(" ")}.`;
}
