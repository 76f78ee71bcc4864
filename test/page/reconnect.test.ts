/** Reconnect: the hub is killed and started again under every screen at once: each says so, comes back by itself, and shows what has happened since. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Locator, Page } from "playwright-core";
import { sqlite } from "hermod/sqlite";
import { onGround } from "./ground.kit.ts";
import { agents, talk } from "./world.kit.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-page-"));
const look = onGround({ agents, store: sqlite(join(folder, "hub.db")) }, talk);
after(() => rmSync(folder, { recursive: true, force: true }));

const row = (page: Page, text: string): Locator => page.getByRole("row").filter({ hasText: text }).first();

/** Each screen, and what it shows once it is back and more has happened. */
const screens: readonly (readonly [string, (page: Page) => Locator])[] = [
  ["/", (page) => page.locator("main").getByRole("link", { name: /^Dead letters .*6/u })],
  ["/live", (page) => row(page, "back again")],
  ["/messages", (page) => page.getByRole("button", { name: /newer/u })],
  ["/conversations", (page) => row(page, "after all")],
  ["/conversations/talk?view=list", (page) => row(page, "back again")],
  ["/agents?id=brittle", (page) => page.getByRole("complementary", { name: "The chosen agent" })],
  ["/agents/echo", (page) => row(page, "back again")],
  ["/dead-letters", (page) => row(page, "it broke").filter({ hasText: /^4/u })],
  ["/inbox", (page) => page.getByText("Are you back?").first()],
  ["/breakers", (page) => page.getByText("brittle").first()],
  ["/supervision", (page) => row(page, "right")],
  ["/system", (page) => page.getByRole("region", { name: "Limits" })],
];

look("the hub is killed and comes back under every screen", async (ground) => {
  const context = ground.page.context();
  const tabs: (readonly [string, Page, Locator])[] = [];
  for (const [path, fresh] of screens) {
    const page = await context.newPage();
    await page.goto(`${ground.hub.url}${path}`);
    await page.getByText("live", { exact: true }).waitFor();
    tabs.push([path, page, fresh(page)]);
  }
  const all = (see: (page: Page, fresh: Locator) => Promise<unknown>): Promise<unknown[]> =>
    Promise.all(
      tabs.map(([path, page, fresh]) =>
        see(page, fresh).catch((error: Error) => assert.fail(`${path}: ${error.message}`)),
      ),
    );
  await ground.restartHub(async () => void (await all((page) => page.getByText(/^reconnecting/u).waitFor())));
  await ground.system.cast("echo", "note", "fail");
  await ground.system.cast("asker", "ask", "Are you back?");
  await all((page) => page.getByText("live", { exact: true }).waitFor());
  // What was said while a new hub had no live view to tell of it is under Messages; the live view says that it missed something.
  await ground.system.call("echo", "say", "back again", { conversation: "talk" });
  await ground.system.call("echo", "say", "after all", { conversation: "new" });
  await all((_, fresh) => fresh.waitFor());
  await tabs[1]?.[1].getByText(/missed here/u).waitFor();
  await all((page) => page.locator("main [role=alert]").waitFor({ state: "detached" }));
});
