/** Seeing: what somebody does with the picture of all traffic, and with where the time of a conversation went. */
import type { Hand } from "../hand.kit.ts";
import { savedView, type Act, type Acts } from "./act.kit.ts";

const path = (url: URL): string => url.pathname;
const find = (hand: Hand) => hand.page.getByRole("searchbox", { name: "Filter" });

const topology: readonly Act[] = [
  {
    does: "search node",
    at: "/topology",
    by: async (hand) => {
      await find(hand).waitFor();
      await hand.press("/");
      await hand.type("crew.judge");
      await hand.page.getByText("1 found").waitFor();
    },
  },
  {
    does: "look at a node",
    at: "/topology?agent=crew.judge",
    by: async (hand) => {
      await hand.push(hand.page.locator('.react-flow__node[data-id="agent crew.judge"]'));
      const side = hand.page.getByRole("complementary", { name: "crew.judge" });
      await side.getByText("Comes in").waitFor();
      await hand.press("Escape");
      await side.waitFor({ state: "hidden" });
    },
  },
  {
    does: "table alternative, which leads to Live",
    at: "/topology?agent=crew.judge",
    by: async (hand) => {
      await hand.push(hand.button("Table"));
      await hand.push(hand.row(/writer.*crew\.judge/u).getByRole("link", { name: /^Live/u }));
      await hand.page.waitForURL((url) => path(url) === "/live");
      await hand.page.waitForURL((url) => url.searchParams.get("where") === 'from:"writer" to:"crew.judge"');
    },
  },
];

const traces: readonly Act[] = [
  savedView("/traces?where=to:writer&range=1ms-", "?where=to%3Awriter&range=1ms-"),
  {
    does: "walk rows and open",
    at: "/traces?where=to:writer",
    by: async (hand) => {
      await hand.row("talk").waitFor();
      await hand.press("j", "Enter");
      await hand.page.waitForURL((url) => path(url).startsWith("/traces/"));
      await hand.page.getByRole("treegrid").waitFor();
    },
  },
  {
    does: "fold all, and unfold",
    at: "/traces/talk",
    by: async (hand) => {
      const rows = hand.page.getByRole("treegrid").getByRole("row");
      await rows.nth(3).waitFor();
      await hand.push(hand.button("Fold all"));
      await rows.nth(2).waitFor({ state: "detached" });
      await hand.push(hand.button("Unfold all"));
      await rows.nth(3).waitFor();
    },
  },
];

export const seeing: Acts = { Topology: topology, Traces: traces };
