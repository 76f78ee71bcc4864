/** Telling: what a message tells of how it was worked on, large and hidden payloads, and a filter that helps with what is typed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { agent } from "hermod";
import { simulated } from "hermod/testing";
import { Ground } from "./ground.kit.ts";

const model = simulated({ script: [{ when: "", say: "It turns." }], price: { input: 0.001, output: 0.002 } });
const clerk = agent("clerk", {
  model,
  retry: { retries: 0 },
  on: {
    request: async (_, ctx) => {
      ctx.log.warn("looks at the tide", { token: "hunter2", pier: 7 });
      return ctx.model.text("the tide");
    },
    notification: (said: unknown) => {
      if (said === "fail") throw new Error("it broke");
    },
  },
});

/** Takes nothing; what is to wait it never ends. */
const strict = agent("strict", {
  retry: { retries: 0 },
  on: {
    notification: (_, ctx) => {
      if (ctx.envelope.operation === "wait") return new Promise<undefined>(() => undefined);
      throw new Error("too much");
    },
  },
});

test("a message shows what its handler logged and which models it called; the conversation and the overview what that cost", async (t) => {
  await using ground = await Ground.open(t, { agents: [clerk] });
  if (!ground) return;
  const { system } = ground;
  await system.call("clerk", "look", { password: "hunter2", port: "Brest" }, { conversation: "talk" });
  const { items } = await system.history({ conversation: "talk" });
  const page = await ground.showWhole(`/messages/${items[0]?.envelope.id}`);
  const calls = page.getByRole("table", { name: "Calls of language models" });
  await calls.getByText("simulated", { exact: true }).waitFor();
  assert.match(await calls.innerText(), /stop/);
  const lines = page.getByRole("list", { name: "Lines that its handler logged" });
  assert.match((await lines.innerText()).replaceAll(/\s+/g, " "), /warn looks at the tide.*"pier":7/);
  await page.getByText("Brest").first().waitFor();
  assert.equal((await page.content()).includes("hunter2"), false, "what is hidden never comes to the page");
  await page.getByRole("button", { name: "Edit and send again" }).click();
  await page.getByText("nobody is shown that").waitFor();
  await page.getByRole("button", { name: "Leave it" }).click();
  const saving = page.waitForEvent("download");
  await page.keyboard.press("e");
  const saved = JSON.parse(readFileSync(await (await saving).path(), "utf8")) as {
    notes: { type: string }[];
  };
  assert.deepEqual(saved.notes.map(({ type }) => type).toSorted(), ["log", "model"]);
  await ground.show("/conversations/talk");
  await page
    .getByTitle("What language models have used")
    .getByText(/\d tokens/)
    .waitFor();
  await ground.show("/");
  await page.getByRole("link", { name: /Model calls\s*1\s/ }).waitFor();
  await page.getByRole("region", { name: "Language models" }).getByText("tokens out").waitFor();
});

test("a large payload comes cut and is loaded when asked for; bytes and pictures are chips", async (t) => {
  await using ground = await Ground.open(t, { agents: [clerk] });
  if (!ground) return;
  const dot =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const payload = {
    long: "x".repeat(40_000),
    end: "here it ends",
    bytes: new Uint8Array(3000),
    picture: `data:image/png;base64,${dot}`,
  };
  const { id } = await ground.system.cast("clerk", "note", payload);
  let bytes = 0;
  await ground.page.route(/\/v1\/history/u, async (route) => {
    const response = await route.fetch();
    bytes = Math.max(bytes, (await response.body()).length);
    await route.fulfill({ response });
  });
  const page = await ground.showWhole(`/messages/${id}`);
  const load = page.getByRole("button", { name: "Load all" });
  await load.waitFor();
  assert.equal(await page.getByText("here it ends").count(), 0);
  assert.ok(bytes > 0 && bytes < 40_000, `${bytes} bytes came`);
  await page.unrouteAll({ behavior: "wait" });
  await load.click();
  const chips = page.getByRole("list", { name: "Pictures and bytes" });
  assert.match(
    (await chips.innerText()).replaceAll(/\s+/g, " "),
    /bytes · 3 kB data\.bytes .*image\/png · .*data\.picture/,
  );
  await chips.getByRole("button", { name: "show" }).click();
  await page.getByRole("img", { name: "At data.picture" }).waitFor();
  const { id: small } = await ground.system.cast("clerk", "note", { said: "little" });
  await ground.showWhole(`/messages/${small}`);
  await page.getByText("little").first().waitFor();
  assert.equal(await load.count(), 0);
});

test("lists hold the beginnings of payloads; a dead letter is whole where it is opened, and where it is edited", async (t) => {
  await using ground = await Ground.open(t, { agents: [strict] });
  if (!ground) return;
  const { system } = ground;
  const long = (size: number) => ({ text: "x".repeat(size), end: `it ends after ${size}` });
  for (const size of [3000, 40_000]) await system.cast("strict", "note", long(size));
  await system.cast("strict", "wait", long(3000));
  await system.cast("strict", "note", long(3000), { delay: "1h" });
  let most = 0;
  ground.page.on("response", async (response) => {
    const isList = /\/v1\/(?:history|mailboxes|delayed|dead-letters)\b/u.test(response.url());
    if (isList && response.url().includes("cut=")) most = Math.max(most, (await response.body()).length);
    else if (isList && !/groups|count|where=id/u.test(response.url())) most = Infinity;
  });
  for (const path of ["/agents/strict", "/breakers"]) {
    const page = await ground.showWhole(path);
    await page.getByRole("row").filter({ hasText: "xxxxxxxx" }).first().waitFor();
  }
  const page = await ground.showWhole("/dead-letters?where=to:strict");
  await page.getByRole("row").filter({ hasText: "too much" }).click();
  const letters = page.getByRole("grid", { name: "Dead letters" });
  await letters.getByRole("row").nth(2).waitFor();
  assert.ok(most < 12_000, `${most} bytes came`);
  const side = page.getByRole("complementary", { name: "Dead letter" });
  await letters.getByRole("row").nth(1).click();
  await side.getByText("it ends after 3000").waitFor();
  await letters.getByRole("row").nth(2).click();
  await side.getByRole("button", { name: "Load all" }).waitFor();
  await side.getByRole("button", { name: "Edit and send anew" }).click();
  const text = page.getByRole("textbox", { name: "Payload, as JSON" });
  await text.waitFor();
  assert.deepEqual(JSON.parse(await text.inputValue()), long(40_000));
});

test("a filter underlines what is wrong, says why, and goes on with what is known, by keys alone", async (t) => {
  await using ground = await Ground.open(t, { agents: [clerk] });
  if (!ground) return;
  await ground.system.cast("clerk", "note", "one");
  const page = await ground.showWhole("/messages");
  await page.keyboard.press("/");
  await page.keyboard.type("frm:clerk age:<1h stat:failed");
  for (const meant of ["from", "state"]) await page.getByText(`Did you mean "${meant}"`).waitFor();
  assert.deepEqual(await page.locator("mark").allInnerTexts(), ["frm:clerk", "stat:failed"]);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("to:cl");
  await page.getByRole("option", { name: "to:clerk" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const box = page.getByRole("combobox", { name: "Filter" });
  assert.equal(await box.inputValue(), "to:clerk ");
  await page.keyboard.type("at:>2020-01-01T10:00Z");
  await page.waitForURL((url) => url.searchParams.get("where") === "to:clerk at:>2020-01-01T10:00Z");
  await page.getByRole("grid").getByText("note").first().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Take to:clerk away" }).click();
  await page.waitForURL((url) => url.searchParams.get("where") === "at:>2020-01-01T10:00Z");
});

test("a dead letter is given back by r from the drawer beside the list", async (t) => {
  await using ground = await Ground.open(t, { agents: [clerk] });
  if (!ground) return;
  const { id } = await ground.system.cast("clerk", "note", "fail");
  const page = await ground.showWhole("/messages?where=state:dead");
  await page.getByRole("grid").getByText("note").first().waitFor();
  await page.keyboard.press("j");
  const grave = page.getByRole("region", { name: "Dead letter" });
  await grave.waitFor();
  await page.keyboard.press("r");
  await grave.getByText("It would go back").waitFor();
  await grave.getByRole("button", { name: "Give it back now" }).click();
  const attempts = async (): Promise<number> =>
    (await ground.system.history({ where: `id:${id}` })).items[0]?.attempts.length ?? 0;
  for (let round = 0; round < 500 && (await attempts()) < 2; round++) await page.waitForTimeout(10);
  assert.equal(await attempts(), 2);
});

test("a conversation with large payloads comes cut, and is exported whole", async (t) => {
  await using ground = await Ground.open(t, { agents: [clerk] });
  if (!ground) return;
  const long = `${"x".repeat(40_000)} here it ends`;
  await ground.system.cast("clerk", "note", { long }, { conversation: "large" });
  const page = await ground.showWhole("/conversations/large?view=list");
  await page.getByText("note").first().waitFor();
  assert.equal((await page.content()).includes("here it ends"), false);
  await page.keyboard.press("e");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  assert.match(readFileSync(await (await saving).path(), "utf8"), /here it ends/);
  await page.getByText("written.").waitFor();
});
