/** Acts: all that the page is to offer is done on it, screen by screen, by keys alone; and what is not offered yet is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Acts } from "./acts/act.kit.ts";
import { looking } from "./acts/looking.kit.ts";
import { mending } from "./acts/mending.kit.ts";
import { reading } from "./acts/reading.kit.ts";
import { seeing } from "./acts/seeing.kit.ts";
import { onGround } from "./ground.kit.ts";
import { Hand } from "./hand.kit.ts";
import { ledger, type Elsewhere } from "./ux.kit.ts";
import { agents, talk, type World } from "./world.kit.ts";

const acts: Acts = { ...looking, ...reading, ...mending, ...seeing };
let world: World;
const look = onGround({ agents }, async (ground) => (world = await talk(ground)));

/** Whether the file has a test whose name begins so. */
function isProved([file, begins]: Elsewhere): boolean {
  const text = readFileSync(join(import.meta.dirname, `${file}.test.ts`), "utf8");
  return [`"${begins}`, `\`${begins}`].some((name) => text.includes(name));
}

test("each line of the ledger is done by an act or proved by another test, or says what is missing", (t) => {
  for (const [screen, lines] of Object.entries(ledger)) {
    const done = new Set((acts[screen] ?? []).map(({ does }) => does));
    for (const [line, how] of Object.entries(lines)) {
      assert.equal(done.has(line), how === undefined, `${screen}: ${line}`);
      if (typeof how === "string") t.diagnostic(`MISSING on ${screen}: ${line}: ${how}`);
      else if (how) assert.ok(isProved(how), `${screen}: ${line}: no test ${how.join(": ")}`);
    }
    assert.deepEqual(
      [...done].filter((line) => !(line in lines)),
      [],
      `acts on ${screen} that the ledger does not know`,
    );
  }
});

for (const [screen, own] of Object.entries(acts))
  look(`${screen}: ${own.map(({ does }) => does).join("; ")}`, async (ground) => {
    for (const { does, at, by, isPointers = false } of own) {
      await ground.page.evaluate("location.origin === 'null' || localStorage.clear()");
      const page = await ground.showWhole(typeof at === "string" ? at : at(world));
      await by(new Hand(page), ground, world).catch(async (error: Error) => {
        await ground.picture(`failed ${screen} ${does.replaceAll("/", " ")}`, true);
        assert.fail(`${screen}, ${does}: ${error.message}`);
      });
      assert.equal(await page.evaluate("window.pointed_ ?? false"), isPointers, `${does}: by a pointer`);
    }
  });
