/** Looking: what somebody does on all screens, the overview and the live view. */
import assert from "node:assert/strict";
import type { Hand } from "../hand.kit.ts";
import { savedView, type Acts } from "./act.kit.ts";

const path = (url: URL): string => url.pathname;

/** Types into the palette until it offers something first, and takes it. */
async function choose(hand: Hand, typed: string, first: RegExp): Promise<void> {
  await hand.press("Control+k");
  await hand.isAt(hand.page.getByRole("combobox", { name: /^Screen, agent, id/u }));
  await hand.type(typed);
  await hand.page
    .getByRole("option")
    .first()
    .and(hand.page.getByRole("option", { name: first }))
    .waitFor();
  await hand.press("Enter");
}

export const looking: Acts = {
  All: [
    {
      does: "palette: screen, agent, id, action",
      at: "/",
      by: async (hand, _, { message }) => {
        const { page } = hand;
        for (const [typed, first, leads] of [
          ["supervision", /^Supervision/u, "/supervision"],
          ["writ", /^writer/u, "/agents/writer"],
          [message, /^Message/u, `/messages/${message}`],
        ] as const) {
          await choose(hand, typed, first);
          await page.waitForURL((url) => path(url) === leads);
        }
        await choose(hand, "colours: dark", /^Colours: dark/u);
        await page.locator("html[data-theme=dark]").waitFor();
      },
    },
    {
      does: "letters lead to screens",
      at: "/",
      by: async (hand) => {
        await hand.press("g", "d");
        await hand.page.waitForURL((url) => path(url) === "/dead-letters");
      },
    },
    {
      does: "sheet of keys, and letters turned off",
      at: "/live",
      by: async (hand) => {
        await hand.press("?");
        const sheet = hand.page.getByRole("dialog");
        await sheet.getByText("Pause or follow").waitFor();
        await sheet.getByText("Ctrl K", { exact: true }).waitFor();
        await hand.push(sheet.getByRole("checkbox"), " ");
        await hand.press("Escape");
        await sheet.waitFor({ state: "hidden" });
        await hand.press("g", "o", "Control+k");
        await hand.page.getByRole("combobox", { name: /^Screen, agent, id/u }).waitFor();
        assert.equal(new URL(hand.page.url()).pathname, "/live");
      },
    },
    {
      does: "filter by /, with a hint where it is wrong",
      at: "/messages",
      by: async (hand) => {
        await hand.press("/");
        await hand.type("to:brittle stat:x");
        await hand.page.getByText(/stat/u).first().waitFor();
        await hand.page.locator("input[aria-invalid=true]").waitFor();
        for (let n = 0; n < " stat:x".length; n++) await hand.press("Backspace");
        await hand.press("Enter");
        await hand.page.waitForURL((url) => url.searchParams.get("where") === "to:brittle");
        await hand.row("the ice is thin").waitFor();
      },
    },
    {
      does: "theme by keys",
      at: "/",
      by: async (hand) => {
        await hand.push(hand.button(/^Colours: system/u));
        await hand.page.locator("html[data-theme=light]").waitFor();
      },
    },
    {
      does: "UTC switch",
      at: "/system",
      by: async (hand) => {
        await hand.reach(hand.page.getByRole("radio", { name: /^Local/u }));
        await hand.press("ArrowDown");
        await hand.page.getByRole("radio", { name: "UTC", checked: true }).waitFor();
      },
    },
  ],
  Overview: [
    {
      does: "range picker",
      at: "/",
      by: async (hand) => {
        await hand.push(hand.button("24h"));
        await hand.page.waitForURL((url) => url.searchParams.get("range") === "24h");
      },
    },
    {
      does: "tile leads to its screen",
      at: "/",
      by: async (hand) => {
        await hand.push(hand.page.locator("main").getByRole("link", { name: /^Questions waiting/u }));
        await hand.page.waitForURL((url) => path(url) === "/inbox");
      },
    },
    {
      does: "brush a chart to filter Messages",
      at: "/",
      isPointers: true,
      by: async ({ page }) => {
        const box = await page.locator(".u-over").first().boundingBox();
        assert.ok(box);
        await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.99, box.y + 40, { steps: 4 });
        await page.mouse.up();
        await page.waitForURL((url) => /age:/u.test(url.searchParams.get("where") ?? ""));
      },
    },
  ],
  Live: [
    savedView("/live?where=to:echo&view=system", "?where=to%3Aecho&view=system"),
    {
      does: "filter",
      at: "/live?where=operation:note",
      by: async (hand, { system }) => {
        await hand.page.getByText("live", { exact: true }).waitFor();
        await system.call("echo", "say", "not this");
        await system.cast("echo", "note", "but this");
        await hand.row("but this").waitFor();
        assert.equal(await hand.row("not this").count(), 0);
      },
    },
    {
      does: "pause and follow",
      at: "/live",
      by: async (hand, { system }) => {
        await hand.page.getByText("live", { exact: true }).waitFor();
        await system.cast("echo", "note", "before");
        await hand.row("before").waitFor();
        await hand.press(" ");
        await hand.page.getByText("Paused, 0 new").waitFor();
        for (const n of [1, 2, 3]) await system.cast("echo", "note", `after ${n}`);
        await hand.page.getByText("Paused, 3 new").waitFor();
        assert.equal(await hand.row("after 3").count(), 0);
        await hand.press("G");
        await hand.row("after 3").waitFor();
      },
    },
    {
      does: "scrolling up pauses",
      at: "/live",
      isPointers: true,
      by: async (hand, { system }) => {
        await hand.page.getByText("live", { exact: true }).waitFor();
        for (let n = 0; n < 60; n++) await system.cast("echo", "note", `row ${n}.`);
        await hand.row("row 59.").waitFor();
        await hand.page.getByRole("grid").hover();
        await hand.page.mouse.wheel(0, -300);
        await hand.page.getByText("Paused, 0 new").waitFor();
        await system.cast("echo", "note", "not in sight");
        await hand.page.getByText("Paused, 1 new").waitFor();
        await hand.page.getByText("Paused, 1 new").click();
        await hand.row("not in sight").waitFor();
      },
    },
    {
      does: "pin row",
      at: "/live",
      by: async (hand, { system }) => {
        await hand.page.getByText("live", { exact: true }).waitFor();
        await system.cast("echo", "note", "keep me");
        await hand.row("keep me").waitFor();
        await hand.press("k", "p");
        await hand.page.getByRole("rowgroup", { name: "Pinned" }).getByRole("row").first().waitFor();
      },
    },
    {
      does: "colour by conversation",
      at: "/live",
      by: async (hand) => {
        await hand.push(hand.page.getByRole("checkbox", { name: "Colour conversations" }), " ");
        await hand.page.waitForURL(/view=colours/u);
      },
    },
    {
      does: "hide system traffic",
      at: "/live",
      by: async (hand) => {
        const box = hand.page.getByRole("checkbox", { name: "System traffic" });
        assert.equal(await box.isChecked(), false, "hidden by default");
        await hand.push(box, " ");
        await hand.page.waitForURL(/view=system/u);
      },
    },
    {
      does: "walk rows and open",
      at: "/live",
      by: async (hand, { system }) => {
        await hand.page.getByText("live", { exact: true }).waitFor();
        for (const said of ["one", "two"]) await system.cast("echo", "note", said);
        await hand.row("two").waitFor();
        await hand.press("k");
        await hand.chosen("two").waitFor();
        await hand.press("k");
        await hand.chosen("one").waitFor();
        await hand.press("Enter");
        await hand.page.waitForURL(/\/messages\/[0-9a-f-]{36}$/u);
        await hand.press("Escape");
        await hand.chosen("one").waitFor();
        await hand.press("Escape");
        await hand.page.getByRole("complementary").waitFor({ state: "hidden" });
      },
    },
  ],
};
