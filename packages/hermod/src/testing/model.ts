/** Simulated model: deterministic by seed, scripted by prompt; for demos and tests without a key. */
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { digest } from "../core/id.ts";
import type { Model, ModelOptions } from "../core/model.ts";
import { aList, aNumber, checkOptions } from "../core/options.ts";

/** An answer to prompts that contain or match something. */
export interface Script {
  readonly when: string | RegExp;
  /** The answer, or a function of the prompt; what it throws fails the call. */
  readonly say: string | ((prompt: string) => string);
}

/** Options of the simulated model. */
export interface SimulatedOptions {
  /** Another seed gives other words; default 1. */
  readonly seed?: number;
  /** The first script that fits answers; without one the words are drawn from the prompt and the seed. */
  readonly script?: readonly Script[];
}

const words = "tide harbour signal raven anchor letter compass lantern beacon current horizon message".split(
  " ",
);

/** A model that answers without a network: the same prompt and seed always give the same text. */
export function simulated(options: SimulatedOptions = {}): Model {
  checkOptions("simulated", options, ["seed", "script"]);
  const { seed = 1, script = [] } = options;
  aNumber("simulated.seed", seed);
  for (const entry of aList("simulated.script", script)) checkScript(entry);
  return {
    name: `simulated (seed ${seed})`,
    async text(prompt: string, { signal }: ModelOptions = {}): Promise<string> {
      signal?.throwIfAborted();
      if (typeof prompt !== "string")
        throw new HermodError("HERMOD_BAD_OPTION", `prompt must be text, got ${show(prompt)}`);
      const scripted = script.find(({ when }) =>
        typeof when === "string" ? prompt.includes(when) : when.test(prompt),
      );
      if (scripted === undefined) return invented(prompt, seed);
      return typeof scripted.say === "string" ? scripted.say : scripted.say(prompt);
    },
  };
}

function checkScript(entry: Script): void {
  checkOptions("simulated.script", entry, ["when", "say"]);
  const { when, say } = entry;
  const fits =
    (typeof when === "string" || when instanceof RegExp) &&
    (typeof say === "string" || typeof say === "function");
  if (!fits)
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `simulated.script needs { when: text or pattern, say: text or function }`,
    );
}

function invented(prompt: string, seed: number): string {
  const draws = digest(`${seed} ${prompt}`).match(/../g) ?? [];
  const chosen = draws.slice(0, 8).map((draw) => words[parseInt(draw, 16) % words.length]);
  return `${chosen.join(" ")}.`;
}
