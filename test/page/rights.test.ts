/** Rights: whoever may little is offered little: each screen says what is not theirs, none breaks, and what is pressed is not refused by the hub. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { createToken, parseScopes, tokens, type PrincipalKind } from "@hermod/hub";
import type { Page } from "playwright-core";
import { agent } from "hermod";
import { onGround, type Ground } from "./ground.kit.ts";
import { screens } from "./places.kit.ts";
import { agents, talk, type World } from "./world.kit.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-page-"));
const file = join(folder, "tokens.json");

function token(
  name: string,
  scopes: readonly string[],
  kind: PrincipalKind = "person",
  tenant?: string,
): string {
  const whose = tenant === undefined ? {} : { tenant };
  return createToken(file, { name, kind, scopes: parseScopes(scopes), ...whose }).token;
}

const known = {
  system: token(
    "system",
    ["serve:*", "send:*", "read:*", "subscribe:*", "redrive:*", "answer:*", "administer:*"],
    "system",
  ),
  reader: token("reader", ["read:*"]),
  nobody: token("nobody", []),
  ofEcho: token("of-echo", ["read:echo"]),
  tenant: token("of-acme", ["read:*", "send:*", "redrive:*"], "person", "acme"),
};
const auth = tokens(file);

/** An agent of a tenant, which is all that the tenant's people may know. */
const hers = agent("acme.clerk", { on: { request: () => "filed" } });
let world: World;
const look = onGround({ agents: [...agents, hers], auth, token: known.system }, async (ground) => {
  world = await talk(ground);
  await ground.system.call("acme.clerk", "file", "a paper", { conversation: "acme.papers" });
});
after(() => {
  auth.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Something that can be read, and no refusal. */
async function isWhole(page: Page, path: string): Promise<void> {
  const text = await page.locator("main").innerText();
  assert.ok(text.trim().length > 3, `${path} is empty`);
  assert.equal(await page.locator("main [role=alert]").count(), 0, `${path}: ${text.slice(0, 400)}`);
}

/** What everybody with a token is shown: every screen that the menu leads to, and what stands at these addresses. */
async function everyScreen(
  ground: Ground,
  menu: readonly (typeof screens)[number][],
  paths: readonly string[] = [],
): Promise<void> {
  await ground.show("/");
  for (const screen of menu) await isWhole(await ground.walk(screen), screen[0]);
  for (const path of paths) await isWhole(await ground.showWhole(path), path);
}

/** Told to nobody but who may read of everything; the menu does not lead there. */
const open = screens.filter(([path]) => path !== "/supervision");

look(
  "who may only read sees every screen, and can change nothing on any of them",
  async (ground) => {
    const show = (path: string): Promise<Page> => ground.showWhole(path);
    await everyScreen(ground, screens, ["/agents/echo", "/conversations/talk", `/messages/${world.message}`]);
    const page = await show(`/dead-letters?group=${encodeURIComponent(world.cause)}`);
    for (const name of [/^Redrive/u, /^Drop/u])
      assert.equal(await page.getByRole("button", { name }).first().isEnabled(), false, String(name));
    await show("/inbox");
    assert.equal(await page.getByRole("button", { name: "yes" }).isEnabled(), false);
    await page.getByText("You may not answer for ana").waitFor();
    await show("/agents/echo");
    for (const name of ["Pause", "Drain", "Restart", "Send"])
      assert.equal(await page.getByRole("button", { name, exact: true }).isEnabled(), false, name);
    await show("/breakers");
    for (const name of ["Force open", "Force closed", "Reset"])
      assert.equal(await page.getByRole("button", { name }).first().isEnabled(), false, name);
    await show(`/messages/${world.message}`);
    assert.equal(await page.getByRole("button", { name: "Edit and send again" }).isEnabled(), false);
    await show(`/messages/${world.dead}`);
    assert.equal(await page.getByRole("button", { name: /^Redrive/u }).isEnabled(), false);
  },
  { token: known.reader },
);

look(
  "who may nothing sees no broken screen",
  async (ground) => {
    await everyScreen(ground, open);
    const page = await ground.showWhole("/");
    assert.equal(await page.getByText("echo").count(), 0);
    assert.equal(await page.getByRole("link", { name: "Supervision" }).getAttribute("aria-disabled"), "true");
  },
  { token: known.nobody },
);

look(
  "who may read of one agent sees that one alone",
  async (ground) => {
    await everyScreen(ground, open, ["/agents/echo", "/dead-letters?where=to:echo"]);
    const page = await ground.showWhole("/agents");
    await page.getByRole("row").filter({ hasText: "echo" }).waitFor();
    assert.equal(await page.getByRole("row").filter({ hasText: "writer" }).count(), 0);
  },
  { token: known.ofEcho },
);

look(
  "a tenant's people see what is their tenant's",
  async (ground) => {
    await everyScreen(ground, open);
    const page = await ground.showWhole("/agents");
    await page.getByRole("row").filter({ hasText: "acme.clerk" }).waitFor();
    assert.equal(await page.getByRole("row").filter({ hasText: "echo" }).count(), 0);
    await ground.showWhole("/conversations");
    assert.equal(await page.getByText("talk", { exact: true }).count(), 0);
  },
  { token: known.tenant },
);

look("who has no token is asked for one, and sees nothing before", async (ground) => {
  const page = await ground.show("/messages?where=to:echo");
  await page.getByLabel("This hub wants a token").fill(known.reader);
  await page.keyboard.press("Enter");
  await page.getByRole("row").filter({ hasText: "it broke" }).first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get("where"), "to:echo");
});
