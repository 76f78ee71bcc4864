/** The stories of the demo: each is one conversation, told by a name, and gives what came of it. */
import type { DeadLetter, DeadLetterGroup, Redriven, System } from "hermod";
import type { Spy } from "hermod/testing";
import type { Story } from "../shared/tale.ts";
import type { MailServer } from "./agents.ts";
import { Editor, Jury, Mailer, Pipeline, Translator } from "./contracts.ts";

export const stories = {
  article: {
    id: "research-then-write",
    title: "Research, then write",
    about:
      "The editor asks the researcher, then gives what it found to the writer as material with its origin.",
  },
  review: {
    id: "code-review",
    title: "A code review",
    about: "The pipeline asks for a review, takes out the line that the reviewer names, and asks again.",
  },
  retry: {
    id: "busy-model",
    title: "A failure that is tried again",
    about:
      "The model is busy at first. The request is kept and tried again; its caller only sees the answer.",
  },
  dead: {
    id: "lost-mail",
    title: "A message that dies and comes back",
    about:
      "The mail server is down. The message is kept after its last attempt, and sent once the server is up.",
  },
  critics: {
    id: "failing-critic",
    title: "A critic that keeps failing",
    about:
      "Three critics share one address. One of them crashes: it is restarted, then left alone, and the others finish all reviews.",
  },
} as const satisfies Record<string, Story>;

export function tellArticle(system: System): Promise<string> {
  return system.call(Editor, "publish", { topic: "the tides" }, { conversation: stories.article.id });
}

export function tellReview(system: System): Promise<{ merged: string; rounds: number }> {
  const code = "def tide(hour):\n    print(hour)\n    return hour % 12 < 6";
  return system.call(Pipeline, "submit", { code, language: "python" }, { conversation: stories.review.id });
}

export function tellRetry(system: System): Promise<string> {
  const request = { text: "The sea rises twice a day.", language: "German" };
  return system.call(Translator, "translate", request, { conversation: stories.retry.id });
}

/** What was seen of the dead letter before and after the repair. */
export interface Revival {
  readonly groups: readonly DeadLetterGroup[];
  readonly letters: readonly DeadLetter[];
  readonly sentBefore: readonly string[];
  readonly redriven: Redriven;
  readonly lettersAfter: readonly DeadLetter[];
}

export async function tellDead(system: System, spy: Spy, server: MailServer): Promise<Revival> {
  const letter = { to: "readers", text: "High water at noon." };
  const { id } = await system.cast(Mailer, "send", letter, { conversation: stories.dead.id });
  const ended = (how: "dead" | "ack") =>
    spy.seen("delivery.settled", ({ envelope, settlement }) => envelope.id === id && settlement.type === how);
  await ended("dead");
  const where = "to:mailer reason:exhausted";
  const groups = await system.deadLetters.groups({ where });
  const { items: letters } = await system.deadLetters.list({ where });
  const sentBefore = [...server.sent];
  server.up = true;
  const redriven = await system.deadLetters.redrive({ where });
  await ended("ack");
  const { items: lettersAfter } = await system.deadLetters.list();
  return { groups, letters, sentBefore, redriven, lettersAfter };
}

const drafts = [
  "The tide turns twice a day.",
  "The moon pulls the sea and",
  "High water follows the moon by hours.",
  "Spring tides come with the full",
  "At low water the flats are dry.",
  "Sailors read",
];

export function tellCritics(system: System): Promise<string[]> {
  return system.call(Jury, "judge", { drafts }, { conversation: stories.critics.id });
}
