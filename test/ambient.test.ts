/** The search for time and randomness, shown sources that use them and sources that only look like it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ambientErrors } from "./ambient.ts";
import type { Source } from "./source.ts";

const file = (path: string, ...lines: string[]): Source => ({ path, text: lines.join("\n") });
const none: readonly string[] = [];

describe("time or randomness that was not handed in is found:", () => {
  const uses = [
    "Date.now()",
    "Date . now()",
    "const { now } = Date;",
    "new Date()",
    "new Date( )",
    "new Date;",
    "Date()",
    `Date["now"]()`,
    "Temporal.Now.instant()",
    "setTimeout(f, 1)",
    "setInterval(f)",
    "setImmediate(f)",
    "queueMicrotask(f)",
    "globalThis.setTimeout",
    "process.nextTick(f)",
    "process.hrtime()",
    "performance.now()",
    "AbortSignal.timeout(5)",
    "Math.random()",
    `Math["random"]()`,
    "crypto.randomUUID()",
    "crypto.getRandomValues(a)",
    "`${Date.now()}`",
    "`${a}${`${setTimeout(f)}`}`",
    `import { x } from "node:timers/promises";`,
    `const { x } = await import("node:perf_hooks");`,
  ];
  for (const use of uses)
    test(use, () => {
      const [error, ...rest] = ambientErrors([file("runtime/a.ts", "// Why.", use)]);
      assert.match(error ?? "nothing found", /^runtime\/a\.ts:2: ".+"; take the clock/);
      assert.deepEqual(rest, none);
    });
  test("but not in comments, strings, tests, the two files that may, or with a date given", () => {
    const harmless = [
      file(
        "runtime/a.ts",
        "// Date.now()",
        "/* setTimeout(\n) */",
        `"Date.now()" + 'setTimeout' + \`Math.random() \${1}\``,
      ),
      file(
        "runtime/b.ts",
        "new Date(at)",
        "new Date( 5 )",
        "x = /setTimeout/.test(y)",
        "clock.after(1)",
        "x: Date | undefined",
      ),
      file("runtime/c.ts", "const half = a / 2; // setTimeout", 'const url = "http://x"; const b = c / d;'),
      file("core/clock.ts", "Date.now()"),
      file("core/id.ts", "Math.random()"),
      file("core/a.test.ts", "Date.now()"),
    ];
    assert.deepEqual(ambientErrors(harmless), none);
  });
});
