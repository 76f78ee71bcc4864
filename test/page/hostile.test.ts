/** Hostile payloads: whatever others say is text on the page: it runs nothing, loads nothing, hides nothing and freezes nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ground } from "./ground.kit.ts";

const payloads = [
  "<script>window.hit = 1</script>",
  '<img src=x onerror="window.hit = 1">',
  '<svg onload="window.hit = 1"><a xlink:href="javascript:window.hit=1">x</a></svg>',
  "javascript:window.hit=1",
  "![beacon](http://127.0.0.1:9/beacon.png)",
  "\u202Egnp.exe\u202C \u2066hidden\u2069",
  "\u001b[31mred\u001b[2J\u001b]0;title\u0007",
  '{"__proto__":{"hit":1}}',
  '=HYPERLINK("http://127.0.0.1:9")',
  "𝕏".repeat(2000),
  "x".repeat(200_000),
];

test("what others say is shown as text, on every screen that shows it", async (t) => {
  await using ground = await Ground.open(t);
  if (!ground) return;
  const asked: string[] = [];
  ground.page.on("request", (request) => asked.push(request.url()));
  ground.page.on("dialog", (dialog) => {
    asked.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  for (const payload of payloads) {
    await ground.system.cast("echo", "note", payload, { conversation: "<b onclick=window.hit=1>talk</b>" });
    await ground.system.cast("echo", "note", { [payload.slice(0, 100)]: payload });
  }
  const { items } = await ground.system.history({ limit: 100 });
  const talk = encodeURIComponent("<b onclick=window.hit=1>talk</b>");
  const views = ["sequence", "timeline", "chat", "list"].map((view) => `/conversations/${talk}?view=${view}`);
  const messages = items.slice(0, 8).map(({ envelope }) => `/messages/${envelope.id}`);
  for (const path of ["/", "/live", "/messages", "/conversations", "/agents/echo", ...views, ...messages]) {
    const page = await ground.showWhole(path);
    assert.equal(await page.evaluate("window.hit ?? Object.prototype.hit"), undefined, path);
    assert.equal(
      await page.locator("main script, main svg a, main img, main iframe, main object").count(),
      0,
      path,
    );
  }
  const { host } = new URL(ground.hub.url);
  assert.deepEqual(
    asked.filter((url) => new URL(url).host !== host),
    [],
  );
});
