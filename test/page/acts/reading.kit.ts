/** Reading: what somebody does with messages, conversations and agents. */
import assert from "node:assert/strict";
import { until } from "../hand.kit.ts";
import { savedView, type Act, type Acts } from "./act.kit.ts";

const path = (url: URL): string => url.pathname;
const aMessage = ({ message }: { readonly message: string }): string => `/messages/${message}`;

const messages: readonly Act[] = [
  {
    does: "walk rows and open",
    at: "/messages?where=to:writer+operation:draft",
    by: async (hand) => {
      await hand.row("the sea").waitFor();
      await hand.press("j");
      await hand.chosen("the sea").waitFor();
      await hand.press("Enter");
      await hand.page.waitForURL(/\/messages\/[0-9a-f-]{36}$/u);
      await hand.press("Escape");
      await hand.chosen("the sea").waitFor();
    },
  },
  {
    does: "jump to a time",
    at: "/messages",
    by: async (hand) => {
      await hand.page.getByRole("row").nth(3).waitFor();
      await hand.press("t");
      await hand.isAt(hand.page.getByRole("textbox", { name: "To a time or an id" }));
      await hand.type("2026-01-02 14:03");
      await hand.press("Enter");
      await hand.page.waitForURL((url) => url.searchParams.get("after")?.startsWith("2026-01-02") ?? false);
      await hand.press("G");
      await hand.page.waitForURL((url) => !url.searchParams.has("after"));
    },
  },
  {
    does: "jump to an id",
    at: "/messages?where=to:nobody",
    by: async (hand, _, { message }) => {
      await hand.page.getByText("No message fits all of this").waitFor();
      await hand.press("t");
      await hand.isAt(hand.page.getByRole("textbox", { name: "To a time or an id" }));
      await hand.type(message);
      await hand.press("Enter");
      await hand.chosen("the tide").waitFor();
    },
  },
  {
    does: "columns on and off",
    at: "/messages",
    by: async (hand) => {
      await hand.push(hand.button("Columns"));
      await hand.push(hand.page.getByRole("checkbox", { name: "conversation" }), " ");
      await hand.page.getByRole("columnheader", { name: "conversation" }).waitFor();
      await hand.press("Escape");
      await hand.page.getByRole("group", { name: "Columns" }).waitFor({ state: "hidden" });
    },
  },
  savedView("/messages?where=to:writer&range=1h", "?where=to%3Awriter&range=1h"),
  {
    does: "facets",
    at: "/messages",
    by: async (hand) => {
      const facets = hand.page.getByRole("complementary", { name: "Facets" });
      await hand.push(facets.getByRole("button", { name: /^dead/u }).first());
      await hand.page.waitForURL((url) => /state:dead/u.test(url.searchParams.get("where") ?? ""));
      await hand.row("it broke").waitFor();
    },
  },
  {
    does: "range picker",
    at: "/messages",
    by: async (hand) => {
      await hand.reach(hand.page.getByRole("combobox", { name: "How far back" }));
      await hand.press("ArrowDown");
      await hand.page.waitForURL((url) => url.searchParams.get("range") === "5m");
    },
  },
  {
    does: "export",
    at: "/messages?where=to:writer",
    by: async (hand) => {
      await hand.press("e");
      const name = await hand.saved(() => hand.push(hand.button("CSV")));
      assert.match(name, /\.csv$/u);
      await hand.page.getByText(/written\./u).waitFor();
    },
  },
  {
    does: "bulk by filter",
    at: "/messages?where=to:echo+state:dead",
    by: async (hand) => {
      await hand.push(hand.page.getByRole("link", { name: "Give all of these back under Dead letters" }));
      await hand.page.waitForURL((url) => path(url) === "/dead-letters" && url.search === "?where=to%3Aecho");
      await hand.button("Redrive what fits").waitFor();
    },
  },
];

const message: readonly Act[] = [
  {
    does: "copy as CLI, cURL, TypeScript",
    at: aMessage,
    by: async (hand) => {
      for (const [name, begins] of [
        ["CLI", /^npx hermod call/u],
        ["cURL", /^curl/u],
        ["TypeScript", /system\.call|await/u],
      ] as const) {
        await hand.push(hand.button(name));
        await hand.page.getByText("copied", { exact: true }).waitFor();
        await until(async () => begins.test(await hand.page.evaluate("navigator.clipboard.readText()")));
      }
    },
  },
  {
    does: "edit and resend",
    at: aMessage,
    by: async (hand, _, { message: before }) => {
      await hand.push(hand.button("Edit and send again"));
      await hand.write(hand.page.getByRole("textbox", { name: /^Payload as JSON/u }), '{"text":"the ebb"}');
      await hand.press("Control+Enter");
      await hand.page.waitForURL((url) => !url.pathname.endsWith(before));
      await hand.page.getByLabel("Payload", { exact: true }).getByText("the ebb").waitFor();
    },
  },
  {
    does: "redrive",
    at: ({ dead }) => `/messages/${dead}`,
    by: async (hand) => {
      await hand.button(/^Redrive/u).waitFor();
      await hand.press("r");
      await hand.page.getByText("It would go back to its mailbox").waitFor();
      await hand.push(hand.button("Give it back now"));
      await hand.page.getByText("redriven once before").waitFor();
    },
  },
  {
    does: "previous and next in conversation",
    at: aMessage,
    by: async (hand, _, { message: before }) => {
      await hand.page.getByText(/^1 of \d+$/u).waitFor();
      await hand.press("]");
      await hand.page.waitForURL((url) => !url.pathname.endsWith(before));
      await hand.page.getByText(/^2 of \d+$/u).waitFor();
      await hand.press("[");
      await hand.page.waitForURL((url) => url.pathname.endsWith(before));
    },
  },
  {
    does: "open conversation",
    at: aMessage,
    by: async (hand) => {
      await hand.push(hand.page.locator("main a[href^='/conversations/talk']"));
      await hand.page.waitForURL((url) => path(url) === "/conversations/talk");
    },
  },
  {
    does: "compare attempts",
    at: ({ dead }) => `/messages/${dead}`,
    by: async (hand) => {
      await hand.push(hand.button("Compare attempts"));
      const told = hand.page.getByRole("table", { name: "Two attempts" }).getByRole("row");
      await told.filter({ hasText: "took" }).waitFor();
      await told.filter({ hasText: "it broke" }).filter({ hasText: "the same" }).waitFor();
      await hand.page.getByLabel("Lines of both errors").getByText("Error: it broke").waitFor();
      await hand.reach(hand.page.getByRole("combobox", { name: "Earlier attempt" }));
      await hand.press("End");
      await told.filter({ hasText: "took" }).filter({ hasText: "the same" }).waitFor();
    },
  },
];

const conversations: readonly Act[] = [
  savedView("/conversations?where=to:writer", "?where=to%3Awriter"),
  {
    does: "export",
    at: "/conversations?where=to:writer",
    by: async (hand) => {
      await hand.press("e");
      const name = await hand.saved(() => hand.push(hand.button("CSV")));
      assert.match(name, /^conversations .*\.csv$/u);
      await hand.page.getByText("1 written.").waitFor();
    },
  },
  {
    does: "walk rows and open",
    at: "/conversations?where=to:writer",
    by: async (hand) => {
      await hand.row("talk").waitFor();
      await hand.press("j", "Enter");
      await hand.page.waitForURL((url) => path(url) === "/conversations/talk");
    },
  },
  {
    does: "four views",
    at: "/conversations/talk",
    by: async (hand) => {
      for (const [key, view] of Object.entries({ 2: "timeline", 3: "chat", 4: "list", 1: "sequence" })) {
        await hand.page.getByRole("button", { name: view, exact: true }).waitFor();
        await hand.press(key);
        await hand.page.getByRole("button", { name: view, exact: true, pressed: true }).waitFor();
        await hand.page.locator("[data-scroller]").waitFor();
      }
    },
  },
  {
    does: "zoom",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.button("Larger").waitFor();
      await hand.press("+", "+", "-");
      await until(() => hand.page.evaluate("localStorage.getItem('hermod.zoom') === '1.25'"));
    },
  },
  {
    does: "collapse agent groups",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.push(hand.button("Show crew as one lane"));
      await hand.push(hand.button("Show the agents of crew"));
      await hand.button("Show crew as one lane").waitFor();
    },
  },
  {
    does: "hide replies",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.button("replies").waitFor();
      await hand.press("h");
      await hand.button("replies hidden").waitFor();
    },
  },
  {
    does: "focus one agent",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.push(hand.button("crew.judge"));
      await hand.page.waitForURL((url) => url.searchParams.get("agent") === "crew.judge");
    },
  },
  {
    does: "step with [ ]",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.button("crew.judge").waitFor();
      const id = (url: URL | string): string | null => new URL(url).searchParams.get("id");
      const walked: (string | null)[] = [null];
      for (const key of ["]", "]", "["]) {
        await hand.press(key);
        await hand.page.waitForURL((url) => id(url) !== walked.at(-1));
        walked.push(id(hand.page.url()));
      }
      assert.equal(walked[3], walked[1]);
      await hand.page.getByRole("complementary").waitFor();
      await hand.press("Escape");
      await hand.page.getByRole("complementary").waitFor({ state: "hidden" });
    },
  },
  {
    does: "replay scrubber",
    at: "/conversations/talk?view=list",
    by: async (hand) => {
      const rows = (): Promise<number> => hand.page.getByRole("grid").getByRole("row").count();
      const slider = hand.page.getByRole("slider", { name: "Place in the replay" });
      await slider.waitFor();
      const all = await rows();
      await hand.reach(slider);
      await hand.press("Home");
      await until(async () => (await rows()) < all);
      await hand.reach(hand.page.getByRole("combobox", { name: "speed" }));
      await hand.press("End");
      await hand.push(hand.button("Replay"));
      await until(async () => (await rows()) === all);
    },
  },
  {
    does: "live follow",
    at: "/conversations/flow?view=list",
    by: async (hand, { system }) => {
      const say = (said: string): Promise<unknown> =>
        system.cast("echo", "note", said, { conversation: "flow" });
      for (let n = 0; n < 50; n++) await say(`${n}.`);
      await say("the last of them");
      await hand.row("the last of them").waitFor();
      await hand.press("k");
      await say("a new one");
      await hand.page.getByText("Paused, 1 new").waitFor();
      await hand.press("G");
      await hand.row("a new one").waitFor();
    },
  },
  {
    does: "compare two",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.push(hand.button("Compare with another conversation"));
      await hand.page.locator("select[aria-label='Compare with'] option:nth-child(2)").waitFor({
        state: "attached",
      });
      await hand.reach(hand.page.getByRole("combobox", { name: "Compare with" }));
      await hand.press("ArrowDown");
      await hand.page.getByText("compared with").waitFor();
      await hand.push(hand.button("End the comparison"));
      await hand.page.getByText("compared with").waitFor({ state: "hidden" });
    },
  },
  {
    does: "export",
    at: "/conversations/talk",
    by: async (hand) => {
      await hand.button("replies").waitFor();
      const asked: string[] = [];
      hand.page.on("request", (request) => asked.push(new URL(request.url()).search));
      for (const [name, ends] of [
        ["JSON", ".json"],
        ["Markdown", ".md"],
        ["Mermaid", ".mmd"],
        ["Picture, as shown", ".svg"],
      ] as const) {
        await hand.press("e");
        const file = await hand.saved(() => hand.push(hand.button(name)));
        assert.ok(file.startsWith("conversation-talk ") && file.endsWith(ends), file);
        await hand.press("Escape");
      }
      const forms = asked.filter((search) => search.includes("form="));
      assert.deepEqual(forms, ["?form=json", "?form=markdown", "?form=mermaid"], "the hub writes them");
    },
  },
];

const settle = async (hand: Parameters<Act["by"]>[0], act: string, word: RegExp): Promise<void> => {
  await hand.isAt(
    hand.page
      .getByRole("group", { name: `${act} crew.reader?` })
      .getByRole("button")
      .first(),
  );
  await hand.press("Enter");
  await hand.page.getByRole("status").filter({ hasText: word }).waitFor();
  await hand.press("Escape");
};

const agents: readonly Act[] = [
  {
    does: "sort",
    at: "/agents",
    by: async (hand) => {
      await hand.push(hand.page.getByRole("columnheader", { name: "waiting" }).getByRole("button"));
      await hand.page.locator("[role=columnheader][aria-sort=descending]").waitFor();
      await hand.press("Enter");
      await hand.page.locator("[role=columnheader][aria-sort=ascending]").waitFor();
      assert.match(hand.page.url(), /view=/u);
    },
  },
  {
    does: "narrow and group",
    at: "/agents",
    by: async (hand) => {
      await hand.row("writer").waitFor();
      await hand.press("/");
      await hand.type("crew");
      await hand.row("writer").waitFor({ state: "hidden" });
      await hand.reach(hand.page.getByRole("combobox", { name: "group by" }));
      await hand.press("ArrowDown");
      const group = hand.page.locator("[role=gridcell] button[aria-expanded]").first();
      await hand.push(group);
      await hand.page.locator("[role=gridcell] button[aria-expanded=false]").first().waitFor();
    },
  },
  {
    does: "pause, resume",
    at: "/agents?id=crew.reader",
    by: async (hand) => {
      await hand.button("Pause").waitFor();
      await hand.press("p");
      await settle(hand, "Pause", /done/u);
      await hand.button("Resume").waitFor();
      await hand.press("p");
      await settle(hand, "Resume", /done/u);
      await hand.button("Pause").waitFor();
    },
  },
  {
    does: "drain",
    at: "/agents?id=crew.reader",
    by: async (hand) => {
      await hand.push(hand.button("Drain"));
      await settle(hand, "Drain", /nothing of it runs/u);
      await hand.button("Resume").waitFor();
      await hand.press("p");
      await settle(hand, "Resume", /done/u);
    },
  },
  {
    does: "restart",
    at: "/agents/crew.reader",
    by: async (hand) => {
      await hand.push(hand.button("Restart"));
      await settle(hand, "Restart", /done/u);
    },
  },
  {
    does: "open and send a test message",
    at: "/agents?where=echo",
    by: async (hand) => {
      await hand.row("echo").waitFor();
      await hand.press("j", "Enter");
      await hand.page.waitForURL((url) => path(url) === "/agents/echo");
      await hand.write(hand.page.getByRole("textbox", { name: /^input/u }), '"hello"');
      await hand.push(hand.button("Send"));
      await hand.page.getByText(/^replied after|^stored after/u).waitFor();
    },
  },
];

const agent: readonly Act[] = [
  {
    does: "form from the schema to call",
    at: "/agents/writer",
    by: async (hand) => {
      await hand.write(hand.page.getByRole("textbox", { name: "topic" }), "the moon");
      await hand.press("Enter");
      await hand.page.getByText(/^replied after/u).waitFor();
      await hand.page.getByText("the moon: well said").first().waitFor();
    },
  },
  {
    does: "form to cast",
    at: "/agents/writer",
    by: async (hand) => {
      await hand.push(hand.button("remember"));
      await hand.write(hand.page.getByRole("textbox", { name: "fact" }), "the tide turns");
      await hand.press("Enter");
      await hand.page.getByText(/^stored after/u).waitFor();
    },
  },
  {
    does: "a form that is wrong says where",
    at: "/agents/writer",
    by: async (hand) => {
      await hand.write(hand.page.getByRole("textbox", { name: /^words/u }), "many");
      await hand.press("Enter");
      await hand.page
        .getByRole("alert")
        .filter({ hasText: /^Not sent: .*words/u })
        .waitFor();
    },
  },
  {
    does: "as JSON",
    at: "/agents/writer",
    by: async (hand) => {
      await hand.push(hand.button("as JSON"));
      await hand.write(hand.page.getByRole("textbox", { name: /^input/u }), '{"topic":"the ebb"}');
      await hand.push(hand.button("Send"));
      await hand.page.getByText("the ebb: well said").first().waitFor();
    },
  },
  {
    does: "peek takes nothing",
    at: "/agents/slow",
    by: async (hand) => {
      for (const _ of [1, 2]) {
        await hand.row("after that").waitFor();
        await hand.row("for long").waitFor();
        await hand.page.reload();
      }
    },
  },
];

export const reading: Acts = {
  Messages: messages,
  Message: message,
  Conversations: conversations,
  Agents: agents,
  Agent: agent,
};
