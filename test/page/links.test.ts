/** Links: an address is all that there is to say of a screen, so that back leads to where one was. */
import { onGround } from "./ground.kit.ts";
import { deepPlaces, restored, screens } from "./places.kit.ts";
import { agents, talk, type World } from "./world.kit.ts";

let world: World;
const look = onGround({ agents }, async (ground) => (world = await talk(ground)));

look("back leads through all of them to where one was, and forward again", async (ground) => {
  const { page } = ground;
  const places = deepPlaces(world);
  for (const { at } of places.slice(0, 6)) await page.goto(`${ground.hub.url}${at}`);
  for (const place of places.slice(0, 5).toReversed()) {
    await page.goBack();
    await restored(page, place);
  }
  await page.goForward();
  await restored(page, places[1] as (typeof places)[number]);
});

look("each screen is reached by g and its letter, and back leads back", async (ground) => {
  const page = await ground.show("/");
  for (const [path, name, letter] of screens) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await page.waitForURL((url) => url.pathname === path);
    await page.getByRole("link", { name, exact: false }).and(page.locator("[aria-current=page]")).waitFor();
  }
  for (const [path] of screens.slice(0, -1).toReversed()) {
    await page.goBack();
    await page.waitForURL((url) => url.pathname === path);
  }
});
