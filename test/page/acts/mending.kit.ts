/** Mending: what somebody does with dead letters, breakers, whatever runs, questions and settings. */
import assert from "node:assert/strict";
import type { Ground } from "../ground.kit.ts";
import { until, type Hand } from "../hand.kit.ts";
import { savedView, type Act, type Acts } from "./act.kit.ts";
import type { World } from "../world.kit.ts";

const ofCause = ({ cause }: World): string =>
  `/dead-letters?where=to:echo&group=${encodeURIComponent(cause)}`;
const dialog = (hand: Parameters<Act["by"]>[0]) => hand.page.getByRole("dialog");
const letters = (hand: Parameters<Act["by"]>[0]) => hand.page.getByRole("grid", { name: "Dead letters" });

const dead: readonly Act[] = [
  savedView("/dead-letters?where=to:echo", "?where=to%3Aecho"),
  {
    does: "walk causes and letters",
    at: "/dead-letters",
    by: async (hand) => {
      await hand.row("it broke").waitFor();
      await hand.press("j", "Enter");
      await letters(hand).getByRole("row").nth(1).waitFor();
      await hand.press("j", "j");
      await hand.page.getByRole("complementary", { name: "Dead letter" }).waitFor();
      await hand.press("Escape", "Escape");
      await hand.page.waitForURL((url) => url.search === "");
    },
  },
  {
    does: "redrive one, with a dry run, and jump to the result",
    at: ofCause,
    by: async (hand) => {
      await letters(hand).getByRole("row").nth(1).waitFor();
      await hand.press("j", "r");
      await dialog(hand)
        .getByText(/Would redrive 1 of 1 letter/u)
        .waitFor();
      await hand.isAt(dialog(hand).getByRole("button", { name: "Redrive 1" }));
      await hand.press("Enter");
      await dialog(hand)
        .getByText(/Redriven 1 of 1/u)
        .waitFor();
      await hand.push(dialog(hand).getByRole("link", { name: "See the message" }));
      await hand.page.waitForURL(/\/messages\/[0-9a-f-]{36}$/u);
    },
  },
  {
    does: "redriven badge",
    at: ofCause,
    by: (hand) => letters(hand).getByText("redriven ×1").first().waitFor(),
  },
  {
    does: "redrive a selection",
    at: ofCause,
    by: async (hand) => {
      await letters(hand).getByRole("row").nth(2).waitFor();
      await hand.press("j", "x", "j", "x", "r");
      await dialog(hand).getByText("2 letters, chosen one by one.").waitFor();
      await hand.push(dialog(hand).getByRole("button", { name: "Redrive 2" }));
      await dialog(hand)
        .getByText(/Redriven 2 of 2/u)
        .waitFor();
      await dialog(hand).getByRole("list", { name: "What became of each" }).waitFor();
      await hand.push(dialog(hand).getByRole("button", { name: "Close" }));
    },
  },
  {
    does: "redrive a group with rate and cap",
    at: ofCause,
    by: async (hand) => {
      await letters(hand).getByRole("row").nth(2).waitFor();
      await hand.press("r");
      await hand.write(dialog(hand).getByRole("spinbutton", { name: "At most" }), "1");
      await hand.reach(dialog(hand).getByRole("combobox", { name: "Letters a second" }));
      await hand.press("ArrowUp");
      await hand.push(dialog(hand).getByRole("button", { name: "Redrive 1" }));
      await dialog(hand)
        .getByText(/Redriven 1 of 1/u)
        .waitFor();
    },
  },
  {
    does: "redrive by filter",
    at: "/dead-letters?where=to:brittle",
    by: async (hand) => {
      await hand.row("the ice is thin").waitFor();
      await hand.press("r");
      await dialog(hand).getByText("All that fits the filter: to:brittle").waitFor();
      await hand.push(dialog(hand).getByRole("button", { name: "Redrive 2" }));
      await dialog(hand)
        .getByText(/Redriven 2 of 2/u)
        .waitFor();
    },
  },
  {
    does: "edit payload",
    at: ofCause,
    by: async (hand) => {
      await letters(hand).getByRole("row").nth(1).waitFor();
      await hand.press("j");
      await hand.push(hand.button("Edit and send anew"));
      await hand.write(dialog(hand).getByRole("textbox", { name: "Payload, as JSON" }), '"mended"');
      await hand.push(dialog(hand).getByRole("button", { name: "Send" }));
      await hand.page.waitForURL(/\/messages\/[0-9a-f-]{36}$/u);
      await hand.page.getByLabel("Payload", { exact: true }).getByText("mended").waitFor();
    },
  },
  {
    does: "export",
    at: ofCause,
    by: async (hand) => {
      await letters(hand).getByRole("row").nth(1).waitFor();
      assert.match(await hand.saved(() => hand.press("e")), /^dead-letters .*\.ndjson$/u);
    },
  },
  {
    does: "drop",
    at: ofCause,
    by: async (hand) => {
      await letters(hand).getByRole("row").nth(1).waitFor();
      await hand.press("j");
      const side = hand.page.getByRole("complementary", { name: "Dead letter" });
      await hand.push(side.getByRole("button", { name: "Drop" }));
      await dialog(hand)
        .getByText(/Would drop 1 of 1 letter/u)
        .waitFor();
      await hand.isAt(dialog(hand).getByRole("button", { name: "Drop 1" }));
      await hand.press("Enter");
      await dialog(hand)
        .getByText(/Dropped 1 of 1/u)
        .waitFor();
    },
  },
];

const force = async (hand: Parameters<Act["by"]>[0], name: string, then: string): Promise<void> => {
  await hand.push(
    hand.page.getByRole("group", { name: "The breaker of brittle" }).getByRole("button", { name }),
  );
  await hand.isAt(hand.page.getByRole("group", { name: `${name}: brittle?` }).getByRole("textbox"));
  await hand.type("it was thawing");
  await hand.press("Enter");
  await hand.page.getByRole("listitem").filter({ hasText: then }).first().waitFor();
};

const breakers: readonly Act[] = [
  {
    does: "force open, close, reset, with a reason",
    at: "/breakers",
    by: async (hand) => {
      await force(hand, "Force open", "held open by hand");
      await force(hand, "Force closed", "held closed by hand");
      await force(hand, "Leave to itself", "lets everything through");
      const changes = hand.page.getByRole("region", { name: "Last changes" });
      for (const told of ["closed by hand", "it was thawing"])
        await changes.getByText(told).first().waitFor();
    },
  },
];

const later = (hand: Hand, operation: string) => hand.page.getByRole("row").filter({ hasText: operation });

const delayed: readonly Act[] = [
  {
    does: "run a delayed message now",
    at: "/breakers",
    by: async (hand, { system }) => {
      await system.cast("echo", "sooner", "now", { delay: "1h" });
      await hand.push(later(hand, "sooner").getByRole("button", { name: "Run now" }));
      await later(hand, "sooner").waitFor({ state: "detached" });
      await until(
        async () => (await system.history({ where: "operation:sooner" })).items[0]?.state === "done",
      );
    },
  },
  {
    does: "cancel a delayed message, after a second word",
    at: "/breakers",
    by: async (hand, { system }) => {
      await system.cast("echo", "never", "now", { delay: "1h" });
      const cancel = later(hand, "never").getByRole("button", { name: "Cancel …" });
      await hand.push(cancel);
      await later(hand, "never").getByRole("button", { name: "Make it a dead letter" }).waitFor();
      await hand.press("Escape");
      await hand.focused(cancel);
      await hand.press("Enter", "Enter");
      await later(hand, "never").waitFor({ state: "detached" });
      const { items } = await system.deadLetters.list({ where: "operation:never" });
      assert.deepEqual(
        items.map(({ reason }) => reason),
        ["stopped"],
      );
    },
  },
];

const supervision: readonly Act[] = [
  {
    does: "expand",
    at: "/supervision",
    by: async (hand) => {
      await hand.row("right").waitFor();
      await hand.press("End", "ArrowLeft", "ArrowLeft");
      await hand.page.locator("[role=row][aria-selected=true][aria-expanded=false]").waitFor();
      await hand.press("ArrowRight");
      await hand.page.locator("[role=row][aria-selected=true][aria-expanded=true]").waitFor();
    },
  },
  {
    does: "filter unhealthy",
    at: "/supervision",
    by: async (hand) => {
      await hand.push(hand.page.getByRole("checkbox", { name: "only what is not well" }), " ");
      await hand.page.waitForURL(/view=ill/u);
    },
  },
  {
    does: "restart a child, with who is affected",
    at: "/supervision?where=left",
    by: async (hand) => {
      await hand.row("left").waitFor();
      await hand.press("End");
      await hand.chosen("left").waitFor();
      await hand.push(hand.button("Restart"));
      await hand.page.getByText(/^Started again with it, 1:/u).waitFor();
      await hand.page.getByText("right", { exact: true }).last().waitFor();
      await hand.isAt(hand.page.getByRole("textbox", { name: /restart 2/u }));
      await hand.type("restart 2");
      await hand.press("Enter");
      await hand.page.getByRole("status").filter({ hasText: "done" }).waitFor();
    },
  },
];

const inbox: readonly Act[] = [
  {
    does: "answer by form",
    at: "/inbox",
    by: async (hand) => {
      await hand.button("yes").waitFor();
      await hand.press("Enter", "Enter");
      await hand.page.getByText("Answered: yes").waitFor();
    },
  },
  {
    does: "take back",
    at: "/inbox",
    by: async (hand) => {
      await hand.push(hand.button("Take it back …"));
      await hand.isAt(hand.page.getByPlaceholder("who asked is told"));
      await hand.type("nobody knows");
      await hand.press("Enter");
      await hand.page.getByText("Taken back.").waitFor();
    },
  },
];

/** Asks something of its own, and has it chosen by its key. */
async function chosenQuestion(hand: Hand, { system }: Ground, question: string): Promise<void> {
  await system.cast("asker", "ask", question);
  const row = hand.page.getByRole("list", { name: "Questions" }).getByRole("button", { name: question });
  await row.waitFor();
  for (let steps = 0; (await row.getAttribute("aria-current")) !== "true"; steps++) {
    assert.ok(steps < 20, "no key leads to the question");
    await hand.press("j");
  }
}

const handing: readonly Act[] = [
  {
    does: "assign",
    at: "/inbox",
    by: async (hand, ground) => {
      await chosenQuestion(hand, ground, "Who pays?");
      const assign = hand.button("Assign …");
      await hand.push(assign);
      await hand.type("bo");
      await hand.press("Escape");
      await hand.focused(assign);
      await hand.press("Enter");
      await hand.type("bo");
      await hand.press("Enter");
      await hand.page.getByText("bo sees to it").first().waitFor();
      await hand.push(hand.button("Unassign"));
      await hand.page.getByText("Nobody sees to it yet.").waitFor();
    },
  },
  {
    does: "decline",
    at: "/inbox",
    by: async (hand, ground) => {
      await chosenQuestion(hand, ground, "Shall it rain?");
      const decline = hand.button("Decline it …");
      await hand.push(decline);
      await hand.type("not");
      await hand.press("Escape");
      await hand.focused(decline);
      await hand.press("Enter");
      await hand.type("not today");
      await hand.press("Enter");
      await hand.page.getByRole("status").filter({ hasText: "Declined." }).waitFor();
    },
  },
];

const system: readonly Act[] = [
  {
    does: "settings",
    at: "/system",
    by: async (hand) => {
      await hand.reach(hand.page.getByRole("radio", { name: "As the system says" }));
      await hand.press("ArrowDown", "ArrowDown");
      await hand.page.locator("html[data-theme=dark]").waitFor();
    },
  },
];

export const mending: Acts = {
  "Dead letters": dead,
  Breakers: [...breakers, ...delayed],
  Supervision: supervision,
  Inbox: [...inbox, ...handing],
  System: system,
};
