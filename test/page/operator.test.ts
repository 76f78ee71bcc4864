/** Operator: what an operator does with the hub itself, by keys alone: copies and room, tokens, an export that is stopped. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { allScopes, createToken, tokens } from "@hermod/hub";
import { sqlite } from "hermod/sqlite";
import { onGround } from "./ground.kit.ts";
import { Hand } from "./hand.kit.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-keys-"));
const backups = join(folder, "backups");
const file = join(folder, "tokens.json");
const { token } = createToken(file, { name: "boss", kind: "person", scopes: allScopes });
const auth = tokens(file);
const serving = createToken(file, { name: "works", kind: "system", scopes: allScopes }).token;
const look = onGround({
  ...{ store: sqlite(join(folder, "hub.db")), auth, token: serving },
  hub: { backups, audit: join(folder, "audit.jsonl") },
});

// Behind the ground, which is taken down first.
after(() => {
  auth.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The same, of which nothing was pointed at. */
const byKeys = (name: string, run: (hand: Hand, url: string) => Promise<void>): void =>
  look(
    name,
    async (ground) => {
      const page = await ground.showWhole("/system");
      await run(new Hand(page), ground.hub.url);
      assert.equal(await page.evaluate("window.pointed_ ?? false"), false, "by a pointer");
    },
    { token },
  );

byKeys("a store is copied and compacted by keys, and nothing is lost of where one was", async (hand) => {
  const began = hand.page.getByRole("list", { name: "What was begun" });
  await hand.push(hand.button("Back up now"));
  await began.getByText(/verified in .*hub-.*\.db/u).waitFor();
  assert.equal(readdirSync(backups).length, 1);
  const compact = hand.button("Compact …");
  await hand.push(compact);
  await hand.button(/^Compact: what is sent waits/u).waitFor();
  await hand.press("Escape");
  await hand.focused(compact);
  await hand.press("Enter", "Enter");
  await began.getByText(/given back in/u).waitFor();
});

byKeys("a token is made, copied, rotated and ended by keys", async (hand, url) => {
  const box = hand.page.getByRole("region", { name: "Tokens", exact: true });
  const secret = box.getByLabel("The new token");
  const isGood = async (each: string): Promise<boolean> =>
    (await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${each}` } })).status === 200;
  const copied = async (): Promise<string> => {
    await hand.focused(box.getByRole("button", { name: "Copy" }));
    await hand.press("Enter");
    const text = await hand.page.evaluate<string>("navigator.clipboard.readText()");
    assert.equal(text, await secret.textContent());
    return text;
  };
  await hand.push(hand.button("New token …"));
  await hand.type("desk");
  await hand.write(box.getByRole("textbox", { name: "What it may" }), "read:echo send:echo");
  await hand.press("Enter");
  const first = await copied();
  assert.ok(await isGood(first));
  await hand.push(hand.button("I have it"));
  await secret.waitFor({ state: "hidden" });
  const rotate = box.getByRole("button", { name: /^Rotate desk/u });
  await hand.push(rotate);
  await hand.page.getByRole("alertdialog", { name: "Rotate a token" }).waitFor();
  await hand.press("Escape");
  await hand.focused(rotate);
  await hand.press("Enter", "Enter");
  const second = await copied();
  assert.deepEqual([await isGood(first), await isGood(second)], [false, true]);
  await hand.push(box.getByRole("button", { name: /^End desk/u }));
  await hand.press("Enter");
  await box.getByRole("row").filter({ hasText: "desk" }).waitFor({ state: "hidden" });
  assert.equal(await isGood(second), false);
});
