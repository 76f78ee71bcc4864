/** Narrow windows: whatever an address shows fits beside the menu; columns that matter less go, and nothing is scrolled sideways but drawings and text as it was sent. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { onGround } from "./ground.kit.ts";
import { deepPlaces, screens } from "./places.kit.ts";
import { agents, talk, type World } from "./world.kit.ts";

let world: World;
const look = onGround({ agents }, async (ground) => (world = await talk(ground)));

/** What is wider than its place: the page, the screen, and each box that could be scrolled sideways. Diagrams and preformatted text may be. */
const tooWide = (page: Page): Promise<readonly string[]> =>
  page.evaluate<readonly string[]>(`
    [document.documentElement, ...document.querySelectorAll("main, main *:not(pre, svg, svg *, select, input, textarea)")]
      .filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1)
      .filter((each) => each.matches("html, main, section") || /auto|scroll/.test(getComputedStyle(each).overflowX))
      .filter((each) => !(each.getAttribute("aria-label") ?? "").startsWith("Sequence diagram"))
      .map((each) => each.localName + " " + (each.getAttribute("aria-label") ?? each.className) + ": " + each.scrollWidth + " in " + each.clientWidth)
  `);

/** The same once the page has heard of its new width: columns go then. */
async function settled(page: Page): Promise<readonly string[]> {
  for (let looks = 0; ; looks++) {
    const wide = await tooWide(page);
    if (wide.length === 0 || looks === 100) return wide;
    await page.waitForTimeout(20);
  }
}

look(
  "a narrow window shows whatever an address says, and nothing scrolls sideways but drawings",
  async (ground) => {
    const places = new Set([...screens.map(([path]) => path), ...deepPlaces(world).map(({ at }) => at)]);
    const wide: string[] = [];
    for (const at of places) {
      const page = await ground.showWhole(at);
      for (const width of [900, 720, 600]) {
        await page.setViewportSize({ width, height: 900 });
        wide.push(...(await settled(page)).map((each) => `${at} at ${width}: ${each}`));
      }
    }
    assert.deepEqual(wide, []);
  },
);
