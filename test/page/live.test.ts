/** The live screen: what happens is seen as it happens, with what becomes of it; and what was missed while the hub was away is said. */
import assert from "node:assert/strict";
import { onGround } from "./ground.kit.ts";

const look = onGround();

look("messages are seen as they are sent, with what becomes of them", async (ground) => {
  const page = await ground.show("/live");
  await page.getByText("live", { exact: true }).waitFor();
  await ground.system.call("echo", "say", { text: "the tide" });
  const rows = page.getByRole("grid").getByRole("row");
  await rows.filter({ hasText: "the tide" }).filter({ hasText: "done" }).first().waitFor();
  await ground.system.cast("echo", "note", "fail");
  await rows.filter({ hasText: "it broke" }).filter({ hasText: "dead" }).first().waitFor();
  await ground.picture("live");
});

look("what comes while nobody scrolls is told now and then to who does not see the table", async (ground) => {
  const { page } = ground;
  const row = (text: string) => page.getByRole("row").filter({ hasText: text }).first();
  await ground.system.call("echo", "say", "said before");
  // The past comes after the screen stands, as it may over a slow line.
  const past = Promise.withResolvers<void>();
  await page.route(/\/v1\/history\?/u, (route) => past.promise.then(() => route.continue()));
  await page.clock.install();
  await ground.show("/live");
  await page.getByText("live", { exact: true }).waitFor();
  past.resolve();
  await row("said before").waitFor();
  await ground.system.cast("echo", "stumble", "fail");
  await row("stumble").filter({ hasText: "it broke" }).waitFor();
  await page.clock.runFor(10_000);
  await page.getByText("1 new message, 1 failed").waitFor({ state: "attached" });
  const grid = page.getByRole("grid");
  assert.equal(await grid.getAttribute("aria-live"), null, "the table itself talks over nobody");
});
