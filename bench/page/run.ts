/**
 * `npm run page -- [--json]`: the page against its budgets: how much it loads, how soon it shows something, how smoothly it is drawn while a thousand
 * messages a second come, over 100,000 rows and a sequence of 20,000 messages, and what it holds in memory. Every figure is printed; one beyond its
 * budget has failed.
 */
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { framesDuring, scroll, type Frames } from "./frames.ts";
import { Stage } from "./stage.ts";

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const json = process.argv.includes("--json");
const figures: Figure[] = [];
const note = (
  name: string,
  value: number,
  unit: string,
  budget: Pick<Figure, "atMost" | "atLeast">,
): void => {
  figures.push({ name, value: Math.round(value * 10) / 10, unit, ...budget });
  if (!json) console.log(lineOf(figures.at(-1) as Figure));
};

const isKept = ({ value, atMost = Infinity, atLeast = -Infinity }: Figure): boolean =>
  value <= atMost && value >= atLeast;

function lineOf(figure: Figure): string {
  const { name, value, unit, atMost, atLeast } = figure;
  const budget = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return `${isKept(figure) ? "ok     " : "FAILED "} ${name.padEnd(44)} ${String(value).padStart(8)} ${unit.padEnd(6)} (${budget})`;
}

function drawn(name: string, { fps, p95 }: Frames): void {
  note(`${name}: frames a second`, fps, "", { atLeast: 50 });
  note(`${name}: 95 of 100 frames`, p95, "ms", { atMost: 33.5 });
}

/** In the page: notes when its screen is there. */
const USEFUL = `new MutationObserver((_, self) => {
  if (document.querySelector("main h1") === null) return;
  window.useful_ = performance.now();
  self.disconnect();
}).observe(document, { childList: true, subtree: true });`;

/** All scripts that the first route loads, compressed as the hub does it. */
async function loaded(stage: Stage): Promise<void> {
  const { page } = stage;
  const scripts = new Map<string, number>();
  const reading: Promise<void>[] = [];
  page.on("response", (response) => {
    if (!new URL(response.url()).pathname.endsWith(".js")) return;
    reading.push(
      response.body().then((body) => void scripts.set(response.url(), gzipSync(body, { level: 9 }).length)),
    );
  });
  await page.addInitScript(USEFUL);
  await stage.show("/");
  await page.locator("main h1").waitFor();
  await Promise.all(reading);
  const total = [...scripts.values()].reduce((sum, size) => sum + size, 0);
  note("scripts of the first route, compressed", total / 1000, "kB", { atMost: 150 });
  note("first useful content", await page.evaluate<number>("window.useful_"), "ms", { atMost: 1000 });
}

async function live(stage: Stage): Promise<void> {
  await stage.show("/live");
  await stage.page.getByText("live", { exact: true }).waitFor();
  drawn(
    "live, 1,000 messages a second",
    await framesDuring(stage.page, () => stage.order({ do: "flow", perSecond: 1000, seconds: 10 })),
  );
}

async function history(stage: Stage): Promise<void> {
  await stage.order({ do: "history", messages: 100_000 });
  await stage.show("/messages");
  await stage.page.getByRole("row").nth(5).waitFor();
  drawn(
    "history, 100,000 rows scrolled",
    await framesDuring(stage.page, () => scroll(stage.page, "main [role=grid]", 6)),
  );
}

async function sequence(stage: Stage): Promise<void> {
  await stage.order({ do: "conversation", messages: 20_000 });
  await stage.show("/conversations/long?view=sequence");
  await stage.page.locator("[data-scroller]").waitFor();
  drawn(
    "sequence of 20,000 messages scrolled",
    await framesDuring(stage.page, () => scroll(stage.page, "[data-scroller]", 6)),
  );
}

/** As many messages as an hour at a thousand a second has rows that are kept, and more. */
async function held(stage: Stage): Promise<void> {
  await stage.show("/live");
  await stage.page.getByText("live", { exact: true }).waitFor();
  await stage.order({ do: "flow", perSecond: 4000, seconds: 30 });
  note("memory after 120,000 messages live", (await stage.heap()) / 1e6, "MB", { atMost: 150 });
}

const executablePath = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
if (executablePath === "") throw new Error("there is no chromium on the PATH");
for (const measure of [loaded, live, history, sequence, held]) {
  await using stage = await Stage.open(executablePath);
  await measure(stage);
}
const failed = figures.filter((figure) => !isKept(figure)).length;
console.log(`${figures.length - failed} passed, ${failed} failed`);
if (json) console.log(JSON.stringify({ figures, passed: figures.length - failed, failed }));
process.exitCode = failed === 0 ? 0 : 1;
