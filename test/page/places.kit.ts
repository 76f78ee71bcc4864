/** Places: every screen with its address and its letter, and addresses that say more than a screen: what they show is what whoever sent them saw. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { World } from "./world.kit.ts";

/** A screen of the menu: its path, its name, and its letter behind "g". */
export const screens = [
  ["/", "Overview", "o"],
  ["/live", "Live", "l"],
  ["/messages", "Messages", "m"],
  ["/conversations", "Conversations", "c"],
  ["/agents", "Agents", "a"],
  ["/dead-letters", "Dead letters", "d"],
  ["/inbox", "Inbox", "i"],
  ["/breakers", "Breakers", "b"],
  ["/supervision", "Supervision", "s"],
  ["/topology", "Topology", "t"],
  ["/traces", "Traces", "w"],
  ["/system", "System", "y"],
] as const;

export interface Place {
  readonly at: string;
  /** What is seen there once it is restored: all of these. */
  readonly shows: (page: Page) => readonly Locator[];
}

/** That all of a place is seen, and that the address says it still. */
export async function restored(page: Page, { at, shows }: Place): Promise<void> {
  for (const each of shows(page))
    await each.waitFor().catch((error: Error) => assert.fail(`${at}: ${error.message}`));
  const parts = ({ pathname, searchParams }: URL) => [pathname, Object.fromEntries(searchParams)];
  assert.deepEqual(parts(new URL(page.url())), parts(new URL(at, page.url())));
}

const pressed = (page: Page, name: string): Locator =>
  page.getByRole("button", { name, exact: true, pressed: true });
const filter = (page: Page, text: string): Locator => page.locator(`main input[value='${text}']`).first();
const chosenRow = (page: Page, text: string): Locator =>
  page.getByRole("row", { selected: true }).filter({ hasText: text });
const drawer = (page: Page, name: string): Locator => page.getByRole("complementary", { name });
const heading = (page: Page, name: string): Locator => page.getByRole("heading", { name, level: 1 });

const node = (page: Page, agent: string): Locator =>
  page.locator(`.react-flow__node[data-id='agent ${agent}']`);

/** Addresses with all that they can say: filter, range, what is chosen, how it is shown. */
export function deepPlaces({ message, dead, cause }: World): readonly Place[] {
  const why = encodeURIComponent(cause);
  return [
    { at: "/?range=1h", shows: (page) => [pressed(page, "1h")] },
    {
      at: "/live?where=to:echo&view=colours+system",
      shows: (page) => [
        filter(page, "to:echo"),
        page.getByRole("checkbox", { name: "Colour conversations", checked: true }),
        page.getByRole("checkbox", { name: "System traffic", checked: true }),
      ],
    },
    {
      at: `/messages?where=to:echo&range=1h&id=${message}`,
      shows: (page) => [
        filter(page, "to:echo"),
        page.locator("select:has(option:checked[value='1h'])"),
        chosenRow(page, "the tide"),
        drawer(page, "Message"),
      ],
    },
    {
      at: "/messages?after=2000-01-01T00:00:00.000Z",
      shows: (page) => [
        page.getByText(/from 2000-01-01 .* on/u),
        page.getByRole("button", { name: "To the newest" }),
      ],
    },
    {
      at: `/messages/${message}`,
      shows: (page) => [heading(page, "Message"), page.getByText("the tide").first()],
    },
    {
      at: `/messages/${dead}`,
      shows: (page) => [
        page.getByRole("region", { name: "Dead letter" }),
        page.getByText("it broke").first(),
      ],
    },
    {
      at: "/conversations?where=to:crew.judge",
      shows: (page) => [filter(page, "to:crew.judge"), page.getByRole("row").filter({ hasText: "talk" })],
    },
    ...["sequence", "timeline", "chat", "list"].map((view) => ({
      at: `/conversations/talk?view=${view}&id=${message}`,
      shows: (page: Page) => [pressed(page, view), drawer(page, "say")],
    })),
    {
      at: "/conversations/talk?hide=replies&agent=echo&with=other",
      shows: (page) => [
        page.getByRole("button", { name: "replies hidden" }),
        page.locator("select:has(option:checked[value='echo'])"),
        page.getByText("compared with"),
      ],
    },
    {
      at: "/conversations/talk?fold=crew",
      shows: (page) => [page.getByRole("button", { name: "Show the agents of crew" })],
    },
    {
      at: "/agents?where=echo&id=echo",
      shows: (page) => [filter(page, "echo"), chosenRow(page, "echo"), drawer(page, "The chosen agent")],
    },
    {
      at: "/agents/writer?id=remember&view=json",
      shows: (page) => [
        heading(page, "writer"),
        pressed(page, "remember"),
        page.getByRole("textbox", { name: "input as JSON" }),
      ],
    },
    {
      at: `/dead-letters?where=to:echo&group=${why}`,
      shows: (page) => [
        filter(page, "to:echo"),
        page.getByRole("region", { name: "Letters of the cause" }),
        page.getByRole("grid", { name: "Dead letters" }).getByRole("row").nth(3),
      ],
    },
    {
      at: "/breakers?where=brittle",
      shows: (page) => [filter(page, "brittle"), page.getByText("open", { exact: true }).first()],
    },
    {
      at: "/supervision?where=left&view=ill",
      shows: (page) => [
        filter(page, "left"),
        page.getByRole("checkbox", { name: "only what is not well", checked: true }),
        page.getByText("Everything is well"),
      ],
    },
    {
      at: "/topology",
      shows: (page) => [page.locator(".react-flow__edge").first(), node(page, "writer")],
    },
    { at: "/topology?id=agent+writer", shows: (page) => [node(page, "writer"), drawer(page, "writer")] },
    { at: "/topology?group=type", shows: (page) => [page.locator("[data-id='group crew']")] },
    {
      at: "/topology?view=table&agent=crew.judge",
      shows: (page) => [
        pressed(page, "Table"),
        filter(page, "crew.judge"),
        page.getByRole("row").filter({ hasText: /writer.*crew\.judge/u }),
      ],
    },
    {
      at: "/traces?where=to:writer&range=0ms-1h",
      shows: (page) => [
        filter(page, "to:writer"),
        page.getByRole("textbox", { name: "At most" }).and(page.locator("[value='1h']")),
        page.getByRole("row").filter({ hasText: "talk" }),
      ],
    },
    {
      at: `/traces/talk?id=${message}`,
      shows: (page) => [chosenRow(page, "say"), page.getByRole("complementary", { name: "Message" })],
    },
    {
      at: "/system",
      shows: (page) => [heading(page, "System"), page.getByRole("region", { name: "Limits" })],
    },
  ];
}
