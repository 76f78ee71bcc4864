/** The live screen: what happens is seen, can be filtered, held and walked by keys, and goes on where a hub was away. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sqlite } from "hermod/sqlite";
import { Ground } from "./ground.kit.ts";

test("messages are seen as they are sent, with what becomes of them", async (t) => {
  await using ground = await Ground.open(t);
  if (!ground) return;
  const page = await ground.show("/live");
  await page.getByText("live", { exact: true }).waitFor();
  await ground.system.call("echo", "say", { text: "the tide" });
  const rows = page.getByRole("grid").getByRole("row");
  await rows.filter({ hasText: "the tide" }).filter({ hasText: "done" }).first().waitFor();
  await ground.system.cast("echo", "note", "fail");
  await rows.filter({ hasText: "it broke" }).filter({ hasText: "dead" }).first().waitFor();
  await ground.picture("live");
});

test("a filter stands in the address, counts at once, and is complained of where it is none", async (t) => {
  await using ground = await Ground.open(t);
  if (!ground) return;
  const page = await ground.show("/live?where=operation:note");
  await page.getByText("live", { exact: true }).waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Filter" }).inputValue(), "operation:note");
  await ground.system.call("echo", "say", "not this");
  await ground.system.cast("echo", "note", "but this");
  await page.getByRole("row").filter({ hasText: "but this" }).waitFor();
  assert.equal(await page.getByRole("row").filter({ hasText: "not this" }).count(), 0);
  await page.keyboard.press("/");
  await page.keyboard.type(" stat:x");
  await page
    .getByText(/unknown field|no field|stat/u)
    .first()
    .waitFor();
  assert.match(page.url(), /where=operation/u);
});

test("who holds it reads in peace, is told how much is new, and follows again", async (t) => {
  await using ground = await Ground.open(t);
  if (!ground) return;
  const page = await ground.show("/live");
  await page.getByText("live", { exact: true }).waitFor();
  for (let n = 0; n < 60; n++) await ground.system.cast("echo", "note", `before ${n}`);
  await page.getByRole("row").filter({ hasText: "before 59" }).waitFor();
  await page.keyboard.press(" ");
  for (let n = 0; n < 5; n++) await ground.system.cast("echo", "note", `after ${n}`);
  await page.getByText("Paused, 5 new").waitFor();
  assert.equal(await page.getByRole("row").filter({ hasText: "after 4" }).count(), 0);
  await page.keyboard.press("G");
  await page.getByRole("row").filter({ hasText: "after 4" }).waitFor();
});

test("a hub that was away is come back to, and what was missed is said", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using ground = await Ground.open(t, { store: sqlite(join(folder, "hub.db")) });
  if (!ground) return;
  const page = await ground.show("/live");
  await page.getByText("live", { exact: true }).waitFor();
  await ground.system.call("echo", "say", "before");
  await page.getByRole("row").filter({ hasText: "before" }).first().waitFor();
  await ground.restartHub(async () => {
    await page.getByText("reconnecting").waitFor();
  });
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByText(/missed here/u).waitFor();
  await ground.system.call("echo", "say", "after");
  await page.getByRole("row").filter({ hasText: "after" }).first().waitFor();
});
