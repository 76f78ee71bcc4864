/** Every screen, and every view of it that an address can say: restored, without a complaint of the page, accessible, and in both themes. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { onGround } from "./ground.kit.ts";
import { deepPlaces, restored, screens } from "./places.kit.ts";
import { agents, talk, type World } from "./world.kit.ts";

let world: World;
const look = onGround({ agents }, async (ground) => (world = await talk(ground)));

type Violations = Awaited<ReturnType<AxeBuilder["analyze"]>>["violations"];

const options = { resultTypes: ["violations" as const] };
/** Of a second theme only what colours can do wrong is looked for, by the axe that the first look has left in the page. */
const CONTRAST = `axe.run(document, ${JSON.stringify({ ...options, runOnly: ["color-contrast"] })}).then(({ violations }) => violations)`;

function violationsOf(page: Page, scheme: "light" | "dark"): Promise<Violations> {
  if (scheme === "dark") return page.evaluate<Violations>(CONTRAST);
  // There are no frames, so that nothing has to be put together in a page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode().options(options);
  return axe.analyze().then(({ violations }) => violations);
}

/** What axe finds that keeps somebody out. */
async function serious(page: Page, scheme: "light" | "dark"): Promise<readonly string[]> {
  return (await violationsOf(page, scheme))
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/** Compared and focused views are made of what others show as well. */
const isOfOthers = (path: string): boolean =>
  /with=|fold=|after=|view=ill|^\/\?|^\/conversations\?/u.test(path);

look(
  "an address restores what it says of a screen, accessible in light and in dark colours",
  async (ground) => {
    const deep = deepPlaces(world);
    const bare = screens.filter(([path]) => deep.every(({ at }) => at !== path));
    const places = [...bare.map(([at]) => ({ at, shows: () => [] })), ...deep];
    for (const place of places) {
      const { at: path } = place;
      const page = await ground.showWhole(path);
      await restored(page, place);
      if (isOfOthers(path)) continue;
      const name = path.replaceAll(/[0-9a-f-]{36}|[^a-z]+/gu, "-");
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await serious(page, colorScheme), [], `${path} in ${colorScheme} colours`);
        await ground.picture(`${colorScheme}${name}`);
      }
    }
  },
);

look("colours are as the system says, or as somebody has chosen, from the first paint on", async (ground) => {
  const page = await ground.show("/");
  const paper = (): Promise<string> =>
    page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const light = await paper();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await paper();
  assert.notEqual(light, dark);
  await page.getByRole("button", { name: "Colours: system" }).click();
  assert.equal(await paper(), light);
  await page.reload({ waitUntil: "commit" });
  await page.locator("body").waitFor({ state: "attached" });
  assert.equal(await paper(), light);
});
