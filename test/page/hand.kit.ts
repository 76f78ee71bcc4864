/** Hand: somebody without a mouse: goes to things by Tab, pushes them by Enter or Space, types. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";

/** Steps after which something counts as out of reach. */
const FAR = 150;

export class Hand {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Keys one after the other: `press("g", "l")`. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Waits until what is named has the focus by itself: what is typed is for it. */
  async isAt(what: Locator): Promise<void> {
    await what.and(this.page.locator(":focus")).waitFor();
  }

  /** Tab by Tab to what is named. */
  async reach(what: Locator): Promise<void> {
    await what.first().waitFor();
    // A dialog takes the focus a frame after it is there.
    await this.page.evaluate("new Promise(requestAnimationFrame)");
    // Most steps are known beforehand, and nobody asks where they have led: looking takes longer than a step.
    for (let ahead = await stepsTo(what); ahead > 0; ahead--) await this.page.keyboard.press("Tab");
    for (let steps = 0; steps < FAR; steps++) {
      if (await isFocused(what)) return;
      await this.page.keyboard.press("Tab");
    }
    assert.fail(`no key leads to ${String(what)}`);
  }

  /** Waits until something has the focus: nobody was led there, it came by itself. */
  async focused(what: Locator): Promise<void> {
    await until(() => isFocused(what));
  }

  async push(what: Locator, key = "Enter"): Promise<void> {
    await this.reach(what);
    await this.page.keyboard.press(key);
  }

  /** Writes into a field in the place of what stood there. */
  async write(field: Locator, text: string): Promise<void> {
    await this.reach(field);
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.type(text);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }
  row(text: string | RegExp): Locator {
    return this.page.getByRole("row").filter({ hasText: text }).first();
  }
  chosen(text: string): Locator {
    return this.page.getByRole("row", { selected: true }).filter({ hasText: text });
  }
  /** What the browser saves by itself when something is exported. */
  async saved(act: () => Promise<void>): Promise<string> {
    const [download] = await Promise.all([this.page.waitForEvent("download"), act()]);
    return download.suggestedFilename();
  }
}

/** In the page: how many places to stop at there are from where the focus is to an element; 0 where it is not ahead. */
const STEPS = `(element) => {
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((each) => each.tabIndex >= 0 && !each.disabled && each.checkVisibility());
  return Math.max(0, stops.indexOf(element) - stops.indexOf(document.activeElement));
}`;

/** A guess: what follows looks whether it was right. */
async function stepsTo(what: Locator): Promise<number> {
  return Number(await what.first().evaluate(STEPS));
}

async function isFocused(what: Locator): Promise<boolean> {
  return (await what.and(what.page().locator(":focus")).count()) > 0;
}

/** Waits for what no element tells; the page's policy lets no text be evaluated there, so it is asked again and again. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 200) assert.fail("it did not come to be");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
