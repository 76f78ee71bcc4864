/** What the hub keeps and does for its page: saved views, exports, copies and compaction, tokens. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { allScopes, createToken, tokens } from "@hermod/hub";
import { memory } from "hermod";
import { sqlite } from "hermod/sqlite";
import type { Download } from "playwright-core";
import { Ground } from "./ground.kit.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hermod-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const textOf = async (download: Download): Promise<string> => readFileSync(await download.path(), "utf8");

test("a view that is saved in one browser is there in another, and after the hub was started anew", async (t) => {
  const views = join(folderOf(t), "views.json");
  await using ground = await Ground.open(t, { hub: { views } });
  if (!ground) return;
  const page = await ground.show("/messages?where=operation:note&range=1h");
  await page.evaluate(`localStorage.setItem("hermod.views", '[{"name":"older","where":"to:echo"}]')`);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("textbox", { name: "Name of this view" }).fill("my notes");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const own = page.getByRole("button", { name: /^my notes/u });
  await own.waitFor();
  await page.getByText("This browser kept a view before the hub did.").waitFor();
  await page.getByRole("button", { name: "Save in the hub" }).click();
  await page.getByRole("button", { name: /^older/u }).waitFor();
  assert.equal(await page.evaluate(`localStorage.getItem("hermod.views")`), null);
  await ground.picture("views");
  await ground.restartHub();
  const other = await ground.another();
  await other.goto(`${ground.hub.url}/messages`);
  await other.getByRole("button", { name: "Views" }).click();
  await other.getByRole("button", { name: /^my notes/u }).click();
  await other.waitForURL((url) => url.searchParams.get("range") === "1h");
  assert.equal(await other.getByRole("combobox", { name: "Filter" }).inputValue(), "operation:note");
  await other.getByRole("button", { name: "Views" }).click();
  const [download] = await Promise.all([
    other.waitForEvent("download"),
    other.getByRole("group", { name: "Views" }).getByRole("button", { name: "Export" }).click(),
  ]);
  assert.deepEqual(
    (JSON.parse(await textOf(download)) as { views: { name: string }[] }).views.map(({ name }) => name),
    ["my notes", "older"],
  );
  await other.getByRole("button", { name: "Forget my notes" }).click();
  await other.getByRole("button", { name: /^my notes/u }).waitFor({ state: "hidden" });
});

test("20,000 messages are exported with how far it is, and an export is stopped", async (t) => {
  await using ground = await Ground.open(t, {
    store: memory({ history: { count: 200_000, bytes: 2 ** 30 } }),
  });
  if (!ground) return;
  const rows = 20_000;
  for (let n = 0; n < rows; n += 1000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, at) =>
        ground.hub.system.cast("shelf", "note", n + at, { hold: true }),
      ),
    );
  const page = await ground.show("/messages?where=operation:note");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 60_000 }),
    page.getByRole("button", { name: "NDJSON" }).click(),
  ]);
  await page.getByText("20,000 written.").waitFor();
  const lines = (await textOf(download)).trimEnd().split("\n");
  assert.equal(lines.length, rows);
  assert.equal(
    (JSON.parse(lines.at(-1) ?? "") as { envelope: { payload: number } }).envelope.payload,
    rows - 1,
  );
  await ground.picture("export");
  // Over a slow line there is time to think better of it, and the hub waits with what is not taken.
  const line = await page.context().newCDPSession(page);
  await line.send("Network.enable");
  const slow = { offline: false, latency: 0, downloadThroughput: 400_000, uploadThroughput: 400_000 };
  await line.send("Network.emulateNetworkConditions", slow);
  const [part] = await Promise.all([
    page.waitForEvent("download"),
    (async () => {
      await page.getByRole("button", { name: "CSV" }).click();
      await page.getByText(/^[1-9][\d,]* written …$/u).waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
    })(),
  ]);
  await page.getByText(/^Stopped; the first [\d,]+ are in the file\.$/u).waitFor();
  assert.ok((await textOf(part)).split("\n").length < rows);
});

test("a store is copied and compacted from the page, with what it came to", async (t) => {
  const folder = folderOf(t);
  const backups = join(folder, "backups");
  const store = sqlite(join(folder, "hub.db"));
  await using ground = await Ground.open(t, { store, hub: { backups } });
  if (!ground) return;
  for (let n = 0; n < 50; n++) await ground.system.cast("echo", "note", n);
  const page = await ground.showWhole("/system");
  await page.getByRole("region", { name: "Store" }).getByText("none was made from here").waitFor();
  await page.getByRole("button", { name: "Back up now" }).click();
  await page.getByText(/verified in .*hub-.*\.db/u).waitFor();
  assert.equal(readdirSync(backups).length, 1);
  await page
    .getByRole("region", { name: "Store" })
    .getByText("none was made from here")
    .waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Compact …" }).click();
  await page.getByRole("button", { name: /^Compact: what is sent waits/u }).click();
  await page.getByText(/given back in/u).waitFor();
  const config = page.getByRole("table", { name: "Effective config" });
  await config.getByRole("row").filter({ hasText: "backups" }).filter({ hasText: "program" }).waitFor();
  await config.getByRole("row").filter({ hasText: "host" }).filter({ hasText: "default" }).waitFor();
  await ground.picture("system");
});

test("a token is made, rotated and ended on the page, and the audit tells of it", async (t) => {
  const folder = folderOf(t);
  const file = join(folder, "tokens.json");
  const boss = createToken(file, { name: "boss", kind: "person", scopes: allScopes }).token;
  const auth = tokens(file);
  t.after(() => auth.close());
  await using ground = await Ground.open(t, {
    hub: { auth, audit: join(folder, "audit.jsonl") },
    token: boss,
  });
  if (!ground) return;
  await ground.page.addInitScript(`sessionStorage.setItem("hermod.token", ${JSON.stringify(boss)})`);
  const page = await ground.showWhole("/system");
  const box = page.getByRole("region", { name: "Tokens", exact: true });
  await box.getByRole("button", { name: "New token …" }).click();
  await box.getByRole("textbox", { name: "Name of who gets it" }).fill("desk");
  await box.getByRole("textbox", { name: "What it may" }).fill("read:echo send:echo");
  await box.getByRole("button", { name: "Make it" }).click();
  const secret = box.getByLabel("The new token");
  const first = (await secret.textContent()) ?? "";
  const isGood = async (token: string) =>
    (await fetch(`${ground.hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status ===
    200;
  assert.ok(await isGood(first));
  await box.getByRole("button", { name: /^Rotate desk/u }).click();
  await box.getByRole("button", { name: "Rotate it" }).click();
  while ((await secret.textContent()) === first) await page.waitForTimeout(20);
  const second = (await secret.textContent()) ?? "";
  assert.deepEqual([await isGood(first), await isGood(second)], [false, true]);
  await ground.picture("tokens");
  await box.getByRole("button", { name: "I have it" }).click();
  await box.getByRole("button", { name: /^End desk/u }).click();
  await box.getByRole("button", { name: "End it" }).click();
  await box.getByRole("row").filter({ hasText: "desk" }).waitFor({ state: "hidden" });
  assert.equal(await isGood(second), false);
  await page.getByRole("button", { name: "Look again" }).click();
  for (const act of ["token create", "token rotate", "token revoke"])
    await page.getByRole("table", { name: "Audit" }).getByText(act).first().waitFor();
});
