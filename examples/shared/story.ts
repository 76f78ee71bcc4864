/** Story: what every story does: gets a model, lets something happen, shows it, and ends by what its checks say. */
import { performance } from "node:perf_hooks";
import { HermodError, type Model, type System } from "hermod";
import { modelFromEnv } from "hermod/ai";
import { simulated, type Script } from "hermod/testing";
import { check, type Check } from "./check.ts";
import { checkLines, taleText } from "./print.ts";
import type { Story, Tale } from "./tale.ts";

/** What a story works with. */
export interface Scene {
  readonly model: Model;
  /** True on the simulated model: only there it is known what is said, word by word. */
  readonly scripted: boolean;
}

/** What came of a story. */
export interface Told {
  readonly tales: readonly Tale[];
  readonly checks: readonly Check[];
}

/** Tells a story on the model that the environment names, else on a simulated one with this script; gives the exit code. */
export async function tellStory(
  script: readonly Script[],
  tell: (scene: Scene) => Promise<Told>,
): Promise<number> {
  try {
    const real = modelFromEnv();
    const model = real ?? simulated({ script });
    const told = await tell({ model, scripted: real === undefined });
    show(told);
    return judge(told.checks, model.name, real === undefined);
  } catch (error) {
    say(error instanceof HermodError ? `${error.code}: ${error.message}\n${error.hint}` : String(error));
    return 1;
  }
}

/** A conversation as a tale. */
export async function taleOf(system: System, story: Story, ending: readonly string[]): Promise<Tale> {
  return { ...story, messages: await system.conversation(story.id), handlings: [], ending };
}

/** A check that a text is there: what it says is the model's own. */
export function hasText(name: string, text: string): Check {
  return { ...check(name, text.trim() !== "", true), got: text };
}

function show({ tales, checks }: Told): void {
  const width = Math.max(60, Math.min(100, process.stdout.columns || 100));
  process.stdout.write(`${tales.map((tale) => taleText(tale, width)).join("")}${checkLines(checks)}\n`);
}

function judge(checks: readonly Check[], model: string, scripted: boolean): number {
  const right = checks.filter(({ ok }) => ok).length;
  const seconds = (performance.now() / 1000).toFixed(1);
  const words = scripted ? "" : "; its words are its own, and not checked";
  say(`\n${right} of ${checks.length} checks are right, in ${seconds} s, on the model ${model}${words}`);
  return right === checks.length ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
