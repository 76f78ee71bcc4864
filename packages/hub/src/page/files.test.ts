/** The page's files: served under a policy of their own, whatever screen is asked for, and nothing besides them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { open, tokens } from "../api/api.test.kit.ts";
import { PageFiles } from "./files.ts";

const html = { accept: "text/html,*/*" };

function built(t: TestContext): PageFiles {
  const folder = mkdtempSync(join(tmpdir(), "hermod-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<title>page</title>");
  writeFileSync(join(folder, "assets/a-1.js"), "run()");
  return new PageFiles(folder);
}

const serve = (files: PageFiles, path: string, headers: Record<string, string> = {}) =>
  files.serve(path, new Headers(headers));

test("each file is served by its name, and the page for every screen", async (t) => {
  const files = built(t);
  assert.equal(await serve(files, "/assets/a-1.js")?.text(), "run()");
  for (const path of ["/", "/live", "/messages/1", "/agents/a.b"])
    assert.equal(await serve(files, path, html)?.text(), "<title>page</title>", path);
});

test("what is asked of the interface, what is no file, and what leads out of the folder is not served", (t) => {
  const files = built(t);
  for (const path of ["/v1/history", "/v1/none", "/metrics", "/assets/none.js", "/assets/../../secret"])
    assert.equal(serve(files, path, html), undefined, path);
  assert.equal(serve(files, "/live"), undefined, "to no browser");
  assert.equal(serve(files, "/__proto__"), undefined);
});

test("a file goes out compressed to whoever takes that, and is kept where its name says what is in it", async (t) => {
  const files = built(t);
  const script = serve(files, "/assets/a-1.js", { "accept-encoding": "br, gzip" });
  assert.equal(script?.headers.get("content-encoding"), "gzip");
  assert.equal(gunzipSync(Buffer.from((await script?.arrayBuffer()) ?? [])).toString(), "run()");
  assert.match(script?.headers.get("cache-control") ?? "", /immutable/u);
  assert.equal(serve(files, "/", html)?.headers.get("cache-control"), "no-cache");
});

test("the page may load nothing from elsewhere, run no inline script and stand in no frame; whoever has no token gets it too", async () => {
  await using ground = await open({ auth: tokens({ all: ["* *"] }) });
  const { status, headers } = await fetch(`${ground.hub.url}/live`, { headers: html });
  assert.equal(status, 200);
  const policy = headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/u);
  assert.ok(!policy.includes("unsafe"), policy);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("x-frame-options"), "DENY");
  const api = await fetch(`${ground.hub.url}/v1/agents`, { headers: html });
  assert.equal(api.status, 401);
  assert.match(api.headers.get("content-security-policy") ?? "", /default-src 'none'; frame/u);
});
