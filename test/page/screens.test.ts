/** Every screen: reached by its address and by keys, without a complaint of the page, and accessible, in both themes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { Ground } from "./ground.kit.ts";

const screens = [
  ["/", "Overview", "o"],
  ["/live", "Live", "l"],
  ["/messages", "Messages", "m"],
  ["/conversations", "Conversations", "c"],
  ["/agents", "Agents", "a"],
  ["/dead-letters", "Dead letters", "d"],
  ["/inbox", "Inbox", "i"],
  ["/breakers", "Breakers", "b"],
  ["/supervision", "Supervision", "s"],
  ["/topology", "Topology", "t"],
  ["/traces", "Traces", "w"],
  ["/system", "System", "y"],
] as const;

/** Something of everything. */
async function talk({ system }: Ground): Promise<string> {
  await system.call("echo", "say", { text: "the tide" }, { conversation: "talk" });
  await system.cast("echo", "note", "fail");
  await system.cast("echo", "note", "later", { delay: "1h" });
  await system.cast("asker", "ask", "Shall it be sent?");
  const { items } = await system.history({ conversation: "talk" });
  return items[0]?.envelope.id ?? "";
}

/** What axe finds that keeps somebody out; of a second theme only what colours can do wrong. */
async function serious(page: Page, scheme: "light" | "dark"): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (scheme === "light" ? axe : axe.withRules(["color-contrast"])).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

for (const scheme of ["light", "dark"] as const)
  test(`every screen is accessible in ${scheme} colours, and complains of nothing`, async (t) => {
    await using ground = await Ground.open(t, { scheme });
    if (!ground) return;
    const message = await talk(ground);
    const paths = [
      ...screens.map(([path]) => path),
      ...[`/messages/${message}`, "/agents/echo", "/live?where=to:echo"],
      ...["sequence", "timeline", "chat", "list"].map((view) => `/conversations/talk?view=${view}`),
    ];
    for (const path of paths) {
      const page = await ground.showWhole(path);
      assert.deepEqual(await serious(page, scheme), [], `${path} in ${scheme}`);
      await ground.picture(`${scheme}${path.replaceAll(/[^a-z]+/gu, "-")}`);
    }
  });

test("each screen is reached by g and its letter, and back leads back", async (t) => {
  await using ground = await Ground.open(t);
  if (!ground) return;
  const page = await ground.show("/");
  for (const [path, name, letter] of screens) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await page.waitForURL((url) => url.pathname === path);
    await page.getByRole("link", { name, exact: false }).and(page.locator("[aria-current=page]")).waitFor();
  }
  await page.goBack();
  await page.waitForURL((url) => url.pathname === "/traces");
});

test("the sheet of keys is shown and goes, and letters can be turned off", async (t) => {
  await using ground = await Ground.open(t);
  if (!ground) return;
  const page = await ground.show("/live");
  await page.getByText("live", { exact: true }).waitFor();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog");
  await sheet.getByText("Pause or follow").waitFor();
  await sheet.getByText("Single letters do something").click();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
  await page.keyboard.press(" ");
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  assert.equal(new URL(page.url()).pathname, "/live");
});
