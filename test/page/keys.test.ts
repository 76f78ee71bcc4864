/** Keys: what is pressed faster than the page follows is for what will be seen, and never for what is about to go. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { onGround } from "./ground.kit.ts";
import { Hand } from "./hand.kit.ts";
import { agents, talk } from "./world.kit.ts";

const look = onGround({ agents }, talk);

/** Lets the module of a screen come when it is told to, as if the line were slow. */
async function holdBack(page: Page, module: RegExp): Promise<() => void> {
  const come = Promise.withResolvers<void>();
  await page.route(module, (route) => come.promise.then(() => route.continue()));
  return come.resolve;
}

look("a key that is pressed while a screen is on its way waits for it", async (ground) => {
  const page = await ground.show("/messages?where=to:writer+operation:draft");
  const hand = new Hand(page);
  const come = await holdBack(page, /\/assets\/message-[^/]*\.js$/u);
  await hand.row("the sea").waitFor();
  await hand.press("j");
  await hand.chosen("the sea").waitFor();
  await hand.press("Enter");
  await page.waitForURL(/\/messages\/[0-9a-f-]{36}$/u);
  // There it leads back; here it would choose nothing.
  await hand.press("Escape");
  assert.equal(await hand.chosen("the sea").count(), 1);
  come();
  await page.waitForURL((url) => url.pathname === "/messages");
  await hand.chosen("the sea").waitFor();
});

look("two letters on the way to a screen lead on from it", async (ground) => {
  const page = await ground.showWhole("/");
  const module = /\/assets\/agents-[^/]*\.js$/u;
  const come = await holdBack(page, module);
  const hand = new Hand(page);
  await Promise.all([page.waitForRequest(module), hand.press("g", "a")]);
  await hand.press("g", "s");
  assert.equal(new URL(page.url()).pathname, "/agents");
  come();
  await page.getByRole("treegrid").waitFor();
  await page.goBack();
  await page.waitForURL((url) => url.pathname === "/agents");
});

look("a row is walked for each press, also for two at once", async (ground) => {
  const page = await ground.show("/messages?where=to:echo+state:dead");
  const rows = page.getByRole("grid").getByRole("row");
  await rows.filter({ hasText: "it broke" }).nth(2).waitFor();
  const j = `document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true, cancelable: true }))`;
  await page.evaluate(`${j}; ${j}`);
  await page.waitForURL((url) => url.searchParams.has("id"));
  await rows.and(page.locator("[aria-rowindex='3'][aria-selected=true]")).waitFor();
});

const palette = (page: Page) => page.getByRole("combobox", { name: /^Screen, agent, id/u });
const nothingChosen = (page: Page) => assert.equal(new URL(page.url()).searchParams.get("id"), null);

look(
  "what is typed while the palette is on its way stands in its field, and goes to nothing below",
  async (ground) => {
    const page = await ground.show("/messages?where=to:echo+state:dead");
    const hand = new Hand(page);
    const module = /\/assets\/palette-[^/]*\.js$/u;
    const come = await holdBack(page, module);
    await hand.row("it broke").waitFor();
    await Promise.all([page.waitForRequest(module), hand.press("Control+k")]);
    await hand.type("jxl");
    await hand.press("Backspace", "Backspace");
    await hand.type("ive");
    come();
    await hand.isAt(palette(page));
    assert.equal(await palette(page).inputValue(), "jive");
    await hand.type(" k");
    assert.equal(await palette(page).inputValue(), "jive k");
    nothingChosen(page);
    await hand.press("Escape");
    await palette(page).waitFor({ state: "detached" });
  },
);

look(
  "a palette that is called on the way to a screen is there at once, and one that is left while it comes is gone",
  async (ground) => {
    const page = await ground.showWhole("/");
    const hand = new Hand(page);
    const screen = await holdBack(page, /\/assets\/messages-[^/]*\.js$/u);
    const module = /\/assets\/palette-[^/]*\.js$/u;
    const come = await holdBack(page, module);
    const link = page.getByRole("link", { name: "hermod" });
    await hand.reach(link);
    await hand.press("g", "m", "Control+k", "j");
    const field = page.getByRole("textbox", { name: /^Screen, agent, id/u });
    assert.equal(await field.inputValue(), "j");
    screen();
    await hand.row("it broke").waitFor();
    assert.equal(await field.inputValue(), "j");
    nothingChosen(page);
    await hand.press("Escape");
    await field.waitFor({ state: "detached" });
    await hand.isAt(link);
    come();
    await hand.press("j");
    await page.waitForURL((url) => url.searchParams.has("id"));
  },
);
