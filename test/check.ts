/**
 * `npm run check`: types, lint, format, import rules, exports, errors, docs snippets. One line a step, then every
 * complaint in full, then `N passed, N failed`; a step that breaks has failed and stops none of the others.
 */
import { steps } from "./steps.ts";
import type { Step } from "./steps.ts";

export interface Result {
  readonly name: string;
  readonly complaint: string;
}

export async function runStep({ name, run }: Step): Promise<Result> {
  try {
    const found = await run();
    return { name, complaint: (typeof found === "string" ? found : found.join("\n")).trim() };
  } catch (error) {
    return {
      name,
      complaint: `the step itself broke: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** `ok      lint`, or `FAILED  lint: 3 lines, below`. */
export function toLine({ name, complaint }: Result): string {
  const lines = complaint.split("\n").length;
  return complaint === ""
    ? `ok      ${name}`
    : `FAILED  ${name}: ${lines} ${lines === 1 ? "line" : "lines"}, below`;
}

export function toReport(results: readonly Result[]): string {
  const failed = results.filter(({ complaint }) => complaint !== "");
  const blocks = failed.map(({ name, complaint }) => `\n--- ${name}\n${complaint}\n`);
  return [...blocks, `${results.length - failed.length} passed, ${failed.length} failed`].join("\n");
}

export async function check(all: readonly Step[], print: (line: string) => void): Promise<boolean> {
  const results: Result[] = [];
  for (const step of all) {
    const result = await runStep(step);
    results.push(result);
    print(toLine(result));
  }
  print(toReport(results));
  return results.every(({ complaint }) => complaint === "");
}

if (import.meta.main) process.exitCode = (await check(steps, (line) => console.log(line))) ? 0 : 1;
