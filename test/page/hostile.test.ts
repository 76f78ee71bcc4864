/** Hostile: whatever others say, and whatever they call themselves, is text on the page: it runs nothing, loads nothing, hides nothing and freezes nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { agent, crash, HermodError, start, supervisor, type System } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import type { Page } from "playwright-core";
import { asker, echo, onGround, type Ground } from "./ground.kit.ts";

const texts = [
  "<script>window.hit = 1</script>",
  '<img src=x onerror="window.hit = 1">',
  '<svg onload="window.hit = 1"><a xlink:href="javascript:window.hit=1">x</a></svg>',
  "javascript:window.hit=1",
  "![beacon](http://127.0.0.1:9/beacon.png)",
  "\u202Egnp.exe\u202C \u2066hidden\u2069\u200B\uFEFF",
  "\u001B[31mred\u001B[2J\u001B]0;title\u0007\u0000\u009B31m",
  '{"__proto__":{"hit":1}}',
  '=HYPERLINK("http://127.0.0.1:9")',
  "𝕏".repeat(2000),
  "x".repeat(200_000),
] as const;
/** As much as an operation, a conversation or a name may be. */
const names = texts.slice(0, 7);

const thrower = agent("thrower", {
  retry: { retries: 0 },
  breaker: { least: 50 },
  on: {
    notification: (said: unknown) => {
      throw new Error(String(said));
    },
    request: (said: unknown) => {
      throw crash(new Error(String(said)));
    },
  },
});
const slow = agent("slow", { on: { notification: () => new Promise<undefined>(() => undefined) } });
const guards = supervisor("guards", { intensity: { restarts: 1000, period: "1h" }, children: [thrower] });

/** Says it in every place where others say something; what the library does not let through does not come to the page. */
async function say({ system }: Ground): Promise<void> {
  for (const [at, text] of texts.entries()) {
    const name = text.slice(0, 60);
    const ways: readonly (() => Promise<unknown>)[] = [
      () => system.cast("echo", "note", text, { conversation: name }),
      () =>
        system.cast(
          "echo",
          "note",
          { [text.slice(0, 100)]: text },
          { conversation: "<b onclick=window.hit=1>" },
        ),
      () => system.cast("echo", name, text),
      () => system.cast("thrower", "note", text),
      () => system.cast("slow", "work", text),
      () => system.cast("slow", "later", text, { delay: "1h" }),
      () => system.cast("asker", "ask", text.slice(0, 4000)),
      () => system.publish(`t.${at}`, text),
    ];
    for (const way of ways)
      await way().catch((error: unknown) => assert.ok(error instanceof HermodError, String(error)));
  }
  await system.call("thrower", "crash", texts[0]).catch(() => undefined);
}

/** More than a hub takes, in a file that a system has written which lets more through. */
const huge = `<script>window.hit = 1</script>${"x".repeat(10_000_000)}`;
const folder = mkdtempSync(join(tmpdir(), "hermod-page-"));
const file = join(folder, "hub.db");
{
  await using generous = await start({ agents: [echo], store: sqlite(file), limits: { size: 20_000_000 } });
  await generous.cast("echo", "note", huge, { conversation: "large" });
}

let stranger: System;
const look = onGround({ agents: [echo, asker, slow, guards], store: sqlite(file) }, async (ground) => {
  await say(ground);
  // The name of a client is what it says.
  stranger = await start({ store: remote(ground.hub.url, { client: `${texts[1]}${texts[5]}` }) });
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Reading order, invisible letters and what steers a terminal: none of it is on the page, not even where one points. */
const UNSEEN = "/[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\ufeff\\u001b\\u0007\\u009b]/";

async function isHarmless(page: Page, where: string): Promise<void> {
  assert.equal(await page.evaluate("window.hit ?? Object.prototype.hit"), undefined, where);
  const loads =
    "main script, main svg a, main img, main iframe, main object, main embed, main [onclick], main base";
  assert.equal(await page.locator(loads).count(), 0, where);
  const unseen = await page.evaluate(
    `((html) => { const at = html.search(${UNSEEN}); return at < 0 ? "" : html.slice(Math.max(0, at - 120), at + 40); })(document.body.outerHTML)`,
  );
  assert.equal(unseen, "", `${where} shows what is not seen`);
}

look("what others say is shown as text, on every screen that shows it", async (ground, t) => {
  t.after(() => stranger.close());
  const asked: string[] = [];
  ground.page.on("request", (request) => asked.push(request.url()));
  ground.page.on("dialog", (dialog) => {
    asked.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  const { items } = await ground.system.history({ where: "to:echo", limit: 100 });
  const letters = await ground.system.deadLetters.list({});
  const groups = await ground.system.deadLetters.groups();
  const talks = ["<b onclick=window.hit=1>", ...names.slice(5)].map(encodeURIComponent);
  const places = [
    ...["/", "/messages", "/conversations", "/agents?id=thrower", "/breakers", "/supervision", "/system"],
    ...["/dead-letters", "/inbox", "/topology", "/topology?view=table", "/topology?group=process", "/traces"],
    ...["echo", "thrower", "slow"].map((name) => `/agents/${name}`),
    ...talks
      .slice(0, 1)
      .flatMap((talk) =>
        ["sequence", "timeline", "chat", "list"].map(
          (view) => `/conversations/${talk}?view=${view}&id=${items[1]?.envelope.id}`,
        ),
      ),
    ...talks.slice(1).map((talk) => `/conversations/${talk}`),
    ...talks.map((talk) => `/traces/${talk}?id=${items[1]?.envelope.id}`),
    ...items
      .slice(0, 30)
      .filter((_, at) => at % 3 === 0)
      .map(({ envelope }) => `/messages/${envelope.id}`),
    ...groups
      .slice(0, 8)
      .map(({ cause }) => `/dead-letters?group=${encodeURIComponent(cause.slice(0, 2000))}`),
    ...letters.items.slice(0, 1).map(({ envelope }) => `/messages/${envelope.id}`),
  ];
  for (const path of places) {
    const page = await ground.showWhole(path);
    await isHarmless(page, path);
    if (!path.startsWith("/dead-letters?")) continue;
    await page.getByRole("grid", { name: "Dead letters" }).getByRole("row").nth(1).click({ timeout: 3000 });
    await page.getByRole("complementary", { name: "Dead letter" }).waitFor();
    await isHarmless(page, `${path}, its letter`);
  }
  const page = await ground.show("/live?view=system");
  await page.getByText("live", { exact: true }).waitFor();
  await say(ground);
  await page.getByRole("row").nth(20).waitFor();
  await isHarmless(page, "/live");
  await page.keyboard.press("k");
  await page.getByRole("complementary", { name: "Message" }).waitFor();
  await isHarmless(page, "/live, its drawer");
  const { host } = new URL(ground.hub.url);
  assert.deepEqual(
    asked.filter((url) => new URL(url).host !== host),
    [],
  );
});

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

look(
  "10 MB are refused with a code; where they are stored nevertheless they are shown cut, and the page goes on",
  async (ground) => {
    const told = await ground.system.cast("echo", "note", huge).then(() => "stored", codeOf);
    assert.equal(told, "HERMOD_TOO_LARGE");
    const answer = await fetch(`${ground.hub.url}/v1/agents/echo/note?verb=cast`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(huge),
    });
    assert.equal(answer.status, 413);
    assert.equal(((await answer.json()) as { error: { code: string } }).error.code, "HERMOD_TOO_LARGE");
    const { items } = await ground.system.history({ conversation: "large" });
    const id = items[0]?.envelope.id;
    const { page } = ground;
    const places = [
      `/messages/${id}`,
      "/messages?where=to:echo",
      "/conversations",
      "/conversations/large?view=list",
    ];
    for (const path of [...places, `/conversations/large?id=${id}`, "/agents/echo"]) {
      await ground.showWhole(path);
      await isHarmless(page, path);
      const shown = await page.evaluate<number>("document.body.innerText.length");
      assert.ok(shown < 150_000, `${path} writes out ${shown} characters`);
    }
    await ground.showWhole(`/messages/${id}`);
    await page.getByRole("button", { name: "Load all" }).click();
    await page.getByRole("button", { name: "Show more" }).click();
    await isHarmless(page, "all of it");
    const shown = await page.evaluate<number>("document.querySelector('main pre').textContent.length");
    assert.ok(shown > 1_900_000 && shown <= 2_000_001, `${shown} characters`);
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.getByRole("treegrid").getByText("guards").waitFor();
  },
);
