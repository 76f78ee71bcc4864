/**
 * The demo: nine conversations between agents, each shown as a sequence and checked.
 *   npm run demo [-- --store sqlite] [--json]
 * Exit code 0 when every check is right, 1 when one is wrong, 2 for a flag or a store that does not exist.
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { HermodError } from "hermod";
import { runDemo, type Demo } from "./demo.ts";
import { toJson } from "./json.ts";
import { modelName } from "./model.ts";
import { checkLines, taleText } from "../shared/print.ts";
import { toStoreName, withStore, type StoreName } from "./stores.ts";

interface Options {
  readonly json: boolean;
  readonly store: StoreName;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  try {
    const demo = await withStore(options.store, runDemo);
    process.stdout.write(options.json ? `${JSON.stringify(toJson(demo))}\n` : text(demo));
    return judge(demo, options);
  } catch (error) {
    say(error instanceof HermodError ? `${error.code}: ${error.message}\n${error.hint}` : String(error));
    return 1;
  }
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: { json: { type: "boolean", default: false }, store: { type: "string", default: "memory" } },
    });
    return { json: values.json, store: toStoreName(values.store) };
  } catch (error) {
    say(`${(error as Error).message}\nusage: npm run demo [-- --store sqlite] [--json]`);
    return undefined;
  }
}

function text({ tales, checks }: Demo): string {
  const width = Math.max(60, Math.min(100, process.stdout.columns || 100));
  return `${tales.map((tale) => taleText(tale, width)).join("")}${checkLines(checks)}\n`;
}

/** The exit code; what is wrong, and the sum, go to people. */
function judge({ checks, unmade }: Demo, { json, store }: Options): number {
  const wrong = checks.filter(({ ok }) => !ok);
  if (json && wrong.length > 0) say(checkLines(wrong));
  const seconds = (performance.now() / 1000).toFixed(1);
  if (!json)
    say(
      `\n${checks.length - wrong.length} of ${checks.length} checks are right, in ${seconds} s, on ${modelName} and the store "${store}"`,
    );
  if (unmade > 0)
    say(`${unmade} checks of the simulated model's very words are not made: ${modelName} has its own`);
  return wrong.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
