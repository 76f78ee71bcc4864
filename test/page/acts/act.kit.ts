/** Act: something that somebody does on a screen, and what is seen of it. */
import type { Ground } from "../ground.kit.ts";
import type { Hand } from "../hand.kit.ts";
import type { World } from "../world.kit.ts";

export interface Act {
  /** Its line of the ledger. */
  readonly does: string;
  /** Where it begins. */
  readonly at: string | ((world: World) => string);
  readonly by: (hand: Hand, ground: Ground, world: World) => Promise<unknown>;
  /** Only a pointer can do it; what it leads to is reached by keys elsewhere. */
  readonly isPointers?: true;
}

/** Acts by the screen of the ledger that they are on. */
export type Acts = Readonly<Record<string, readonly Act[]>>;

/** Names what is shown, and comes back to it from the screen as it is without: `search` is all that its address says. */
export function savedView(at: string, search: string): Act {
  const name = `as at ${at}`;
  return {
    does: "saved views",
    at,
    by: async (hand) => {
      await hand.push(hand.button("Views"));
      await hand.write(hand.page.getByRole("textbox", { name: "Name of this view" }), name);
      await hand.press("Enter");
      await hand.page.getByText(name).waitFor();
      const { pathname, href } = new URL(hand.page.url());
      await hand.page.goto(new URL(pathname, href).href);
      await hand.push(hand.button("Views"));
      await hand.push(hand.button(new RegExp(`^${RegExp.escape(name)}`, "u")));
      await hand.page.waitForURL((url) => url.pathname === pathname && url.search === search);
    },
  };
}
