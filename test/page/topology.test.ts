/** Topology and traces: who speaks to whom, and where the time went, with real traffic: seen, walked, found in the table, and led on from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type AgentDefinition } from "hermod";
import type { Page } from "playwright-core";
import { Ground } from "./ground.kit.ts";

const retry = { retries: 0 };
const agents: readonly AgentDefinition[] = [
  agent("planner", {
    retry,
    on: {
      request: async (said, ctx) => {
        await ctx.cast("log", "note", said);
        return ctx.call("writer", "draft", said);
      },
    },
  }),
  agent("writer", { retry, on: { request: (said) => said } }),
  agent("log", {
    retry,
    on: {
      notification: () => {
        throw new Error("no ink");
      },
    },
  }),
  agent("slow", { retry, on: { request: () => new Promise(() => undefined) } }),
  ...["1", "2", "3"].map((name) => agent(`idle-${name}`, { retry, on: { request: () => null } })),
];

async function talk({ system }: Ground): Promise<void> {
  await system.call("planner", "plan", "tides", { conversation: "tides" });
  let left = 1;
  while (left > 0)
    left = (await system.history({ conversation: "tides", where: "state:waiting" })).items.length;
}

const dot = (page: Page, name: string) => page.locator(`.react-flow__node[data-id="agent ${name}"]`);
const live = (page: Page) => page.waitForURL((url) => url.pathname === "/live");
const whereIn = (page: Page) => new URL(page.url()).searchParams.get("where");

test("the traffic is drawn; a line and a row of the table lead to the messages of it, live", async (t) => {
  await using ground = await Ground.open(t, { agents });
  if (!ground) return;
  await talk(ground);
  const page = await ground.showWhole("/topology");
  await dot(page, "idle-1").waitFor();
  for (const name of ["planner", "writer", "log"]) await dot(page, name).waitFor();
  const line = page.locator('.react-flow__edge[aria-label^="agent planner to agent log"]');
  assert.match((await line.getAttribute("aria-label")) ?? "", /1 in all, 1 failed/u);
  await page.getByRole("button", { name: /1 failed/u }).waitFor();
  await ground.picture("topology");
  await line.locator("path.react-flow__edge-interaction").dispatchEvent("click");
  await live(page);
  assert.equal(whereIn(page), 'from:"planner" to:"log"');
  await page.goBack();
  await page.getByRole("button", { name: "Table" }).click();
  const row = page.getByRole("row").filter({ hasText: /planner.*writer/u });
  assert.match(await row.innerText(), /\b1\b/u);
  for (const name of ["idle-1", "idle-2", "slow"])
    await page.getByRole("link", { name, exact: true }).waitFor();
  await row.getByRole("link", { name: "Live" }).click();
  await live(page);
  assert.equal(whereIn(page), 'from:"planner" to:"writer"');
  await ground.system.call("planner", "plan", "again");
  await page.getByText("draft").first().waitFor();
});

test("what is moved stays where it was put, also when the page is loaded anew; what is looked for and chosen is told", async (t) => {
  await using ground = await Ground.open(t, { agents });
  if (!ground) return;
  await talk(ground);
  const page = await ground.showWhole("/topology");
  await dot(page, "writer").waitFor();
  const kept = () => page.evaluate<string | null>('localStorage.getItem("hermod.topology")');
  assert.equal(await kept(), null);
  const box = await dot(page, "writer").boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 20, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 70, box.y + 130, { steps: 6 });
  await page.mouse.up();
  await page.waitForFunction('localStorage.getItem("hermod.topology") !== null');
  const place = () =>
    dot(page, "writer").evaluate(
      (node) => (node as unknown as { style: { transform: string } }).style.transform,
    );
  const moved = await place();
  await page.reload();
  await dot(page, "writer").waitFor();
  assert.equal(await place(), moved);
  await page.getByRole("searchbox", { name: "Filter" }).fill("idle-2");
  await page.getByText("1 found").waitFor();
  await page.getByRole("searchbox", { name: "Filter" }).fill("");
  await page.getByText("1 found").waitFor({ state: "hidden" });
  await dot(page, "planner").focus();
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("complementary", { name: "planner" });
  await drawer.getByText("Goes out").waitFor();
  assert.equal(await drawer.getByRole("link", { name: "Live" }).count(), 3);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "hidden" });
  await page.getByRole("combobox").selectOption("type");
  await page.locator('.react-flow__node[data-id="group idle"]').click();
  await page.getByRole("button", { name: "Draw its members" }).click();
  await dot(page, "idle-3").waitFor();
});

test("from far away boxes and lines are left, without words and heads, and still say who they are; near again all is written", async (t) => {
  await using ground = await Ground.open(t, { agents });
  if (!ground) return;
  await talk(ground);
  const page = await ground.showWhole("/topology");
  const words = dot(page, "writer").getByText("writer", { exact: true });
  const line = page.locator('.react-flow__edge[aria-label^="agent planner to agent writer"]');
  const head = line.locator("path[class*='fill-']");
  await words.waitFor();
  await head.waitFor();
  // Each step is a sixth farther: from all of it to less than a third of its size.
  for (let step = 0; step < 9; step++) await page.keyboard.press("-");
  await words.waitFor({ state: "hidden" });
  await head.waitFor({ state: "hidden" });
  await ground.picture("topology-far");
  await page.locator(".react-flow__node[aria-label^='writer: ']").waitFor();
  await dot(page, "writer")
    .getByTitle(/^writer: /u)
    .waitFor();
  assert.equal(await dot(page, "writer").innerText(), "");
  await line.locator("path[class*='stroke-']").first().waitFor();
  await page.keyboard.press("0");
  await words.waitFor();
  await head.waitFor();
});

test("a trace is found by how long it took and by what is in it, drawn as it goes, folded, and leads to its messages", async (t) => {
  await using ground = await Ground.open(t, { agents });
  if (!ground) return;
  await talk(ground);
  const page = await ground.showWhole("/traces?where=to:writer");
  await page.getByRole("textbox", { name: "At least" }).fill("1h");
  await page.keyboard.press("Enter");
  await page.getByText("No trace fits").waitFor();
  await page.getByRole("textbox", { name: "At least" }).fill("0ms");
  await page.keyboard.press("Enter");
  await page.getByRole("table").getByRole("link", { name: "tides" }).click();
  const rows = page.getByRole("treegrid").getByRole("row");
  await rows.nth(2).waitFor();
  assert.equal(await rows.count(), 3);
  await page.getByText(/critical path: .*%/u).waitFor();
  assert.match(await rows.filter({ hasText: "→ writer" }).innerText(), /on the critical path/u);
  await ground.picture("trace");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy OTLP JSON" }).click();
  await page.getByText("copied").waitFor();
  const text = await page.evaluate<string>("navigator.clipboard.readText()");
  const { resourceSpans } = JSON.parse(text) as { resourceSpans: readonly object[] };
  assert.ok(resourceSpans.length >= 3 && !text.includes('tides"}}]'));
  await page.keyboard.press("j");
  await page.waitForURL((url) => url.searchParams.has("id"));
  await page.keyboard.press("ArrowLeft");
  await rows.nth(1).waitFor({ state: "detached" });
  await page.keyboard.press("ArrowRight");
  await rows.nth(2).waitFor();
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.startsWith("/messages/"));
  await page.getByRole("link", { name: "trace", exact: true }).click();
  await page.locator("[role=row][aria-selected=true]").waitFor();
  void ground.system.call("slow", "wait", 1, { conversation: "endless" }).catch(() => undefined);
  await page.goto(`${ground.hub.url}/conversations/endless`);
  await page.getByRole("link", { name: "trace", exact: true }).click();
  await page.getByText("so far").waitFor();
  await rows.getByText("running").waitFor();
});
