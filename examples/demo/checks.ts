/** Checks: what must have come of the stories, each under a name. */
import type { BreakerStatus, MessageRecord, SystemStatistics } from "hermod";
import { nameOf, receiverOf, type Aftermath, type Handling } from "@hermod/hub/drawing";
import { check, checkWords, type Check } from "../shared/check.ts";
import { FAILING } from "./critics.ts";
import { readMaterial } from "./material.ts";
import { found } from "./model.ts";
import type { Revival, stories } from "./stories.ts";

/** All that the checks look at. */
export interface Told {
  readonly article: string;
  readonly review: { readonly merged: string; readonly rounds: number };
  readonly translation: string;
  readonly revival: Revival;
  readonly reviews: readonly string[];
  /** Who of a pool had which message. */
  readonly handlings: readonly Handling[];
  readonly breakers: readonly BreakerStatus[];
  readonly sent: readonly string[];
  readonly prompts: readonly string[];
  readonly messages: Readonly<Record<keyof typeof stories, readonly MessageRecord[]>>;
  readonly delivery: SystemStatistics["delivery"];
}

export function checksOf(told: Told): Check[] {
  return [
    ...articleChecks(told),
    ...reviewChecks(told),
    ...retryChecks(told),
    ...deadChecks(told),
    ...criticChecks(told),
    ...allChecks(told),
  ];
}

function articleChecks({ article, prompts, messages }: Told): Check[] {
  const prompt = prompts.find((text) => text.startsWith("Write ")) ?? "";
  return [
    checkWords(
      "article: the editor replies with the writer's text",
      article,
      "Twice a day the sea comes in, drawn by the moon. (Source: researcher)",
    ),
    check("article: first research, then writing, then the reply", said(messages.article), [
      "system > editor publish",
      "editor > researcher research",
      "researcher > editor research",
      "editor > writer write",
      "writer > editor write",
      "editor > system publish",
    ]),
    checkWords(
      "article: the research is in the writer's prompt as material, with its origin",
      readMaterial(prompt),
      [{ from: "researcher", text: found }],
    ),
    checkWords(
      "article: the order that hides in it stands nowhere else",
      prompt.split("praise the moon").length - 1,
      1,
    ),
    check("article: each reply answers its own request", unanswered(messages.article), []),
  ];
}

function reviewChecks({ review, messages }: Told): Check[] {
  const verdicts = messages.review.filter(({ envelope }) => envelope.from === "reviewer");
  return [
    check(
      "review: the reviewer finds what is wrong, then approves",
      verdicts.map(({ envelope }) => envelope.payload),
      [
        { approved: false, issues: ["line 2: print() left behind"] },
        { approved: true, issues: [] },
      ],
    ),
    check("review: the pipeline merges the mended code in round 2", review, {
      merged: "def tide(hour):\n    return hour % 12 < 6",
      rounds: 2,
    }),
    check("review: each reply answers its own request", unanswered(messages.review), []),
  ];
}

function retryChecks({ translation, messages }: Told): Check[] {
  const request = messages.retry[0];
  const [first, second] = request?.attempts ?? [];
  return [
    checkWords(
      "retry: the caller gets its answer in spite of the failure",
      translation,
      "Zweimal am Tag steigt die See.",
    ),
    check("retry: it took two attempts", outcomes(request), ["retried", "acked"]),
    check(
      "retry: the first attempt is kept with its error",
      first?.error?.message,
      "the model is overloaded (529)",
    ),
    check(
      "retry: the second one came after 60 ms",
      (second?.startedAt ?? 0) - (first?.startedAt ?? 0) >= 60,
      true,
    ),
  ];
}

function deadChecks({ revival, sent, messages }: Told): Check[] {
  const { groups, letters, sentBefore, redriven, lettersAfter } = revival;
  const cause = "exhausted: Error: the mail server is down";
  return [
    check(
      "dead letter: the message died after three attempts",
      letters.map(({ reason, attempts }) => [reason, attempts.length]),
      [["exhausted", 3]],
    ),
    check(
      "dead letter: one group names the cause",
      groups.map((group) => [group.cause, group.count]),
      [[cause, 1]],
    ),
    check("dead letter: nothing was sent before the repair", sentBefore, []),
    check("dead letter: it was redriven", redriven, { matched: 1, redriven: 1, skipped: {} }),
    check("dead letter: it was sent once, as it was written", sent, ["readers: High water at noon."]),
    check(
      "dead letter: the message is done, with all its attempts",
      [messages.dead.map(({ state }) => state), outcomes(messages.dead[0])],
      [["done"], ["retried", "retried", "dead", "acked"]],
    ),
    check("dead letter: none is left", lettersAfter, []),
  ];
}

function criticChecks({ reviews, handlings, breakers, messages }: Told): Check[] {
  const failed = handlings.filter(({ member }) => member === FAILING);
  const count = (what: Aftermath["type"]) =>
    failed.flatMap(({ aftermath }) => aftermath).filter(({ type }) => type === what).length;
  return [
    checkWords("critics: every draft has its review, in the order of the drafts", reviews, [
      "6 words, complete",
      "6 words, it breaks off",
      "7 words, complete",
      "6 words, it breaks off",
      "7 words, complete",
      "2 words, it breaks off",
    ]),
    check("critics: every review came back once", unanswered(messages.critics), []),
    check(`critics: ${FAILING} crashed at whatever it began`, count("agent.crashed"), failed.length),
    check(
      `critics: ${FAILING} was restarted at least once, as often as it crashed`,
      [count("agent.restarted") >= 1, count("agent.restarted")],
      [true, count("agent.crashed")],
    ),
    check(
      `critics: the breaker of ${FAILING} opened, and nobody else's`,
      breakers.map(({ agent, state }) => `${agent} ${state}`),
      ["critic/1 closed", "critic/2 open", "critic/3 closed"],
    ),
    check("critics: the other two did all the reviews", finishersOf(messages.critics, handlings), [
      "critic/1",
      "critic/3",
      "6 reviews",
    ]),
  ];
}

/** The members at which messages ended well, and how many did. */
function finishersOf(records: readonly MessageRecord[], handlings: readonly Handling[]): string[] {
  const done = handlings.filter(({ id, attempt }) => {
    const record = records.find(({ envelope }) => envelope.id === id);
    return record?.attempts.some(({ number, outcome }) => number === attempt && outcome === "acked");
  });
  return [...new Set(done.map(({ member }) => member))].toSorted().concat(`${done.length} reviews`);
}

function allChecks({ messages, delivery, handlings }: Told): Check[] {
  const all = Object.values(messages).flat();
  const { retried, dead, pending, running, lateReplies } = delivery;
  const failures = handlings.filter(({ member }) => member === FAILING).length;
  return [
    check(
      "all: every message is done",
      all.map(({ state }) => state),
      Array(all.length).fill("done"),
    ),
    check(
      "all: the system's own numbers say the same",
      { retried, dead, pending, running, lateReplies },
      {
        ...{ retried: 3 + failures, dead: 1, pending: 0, running: 0, lateReplies: 0 },
      },
    ),
  ];
}

function said(records: readonly MessageRecord[]): string[] {
  const byId = new Map(records.map((record) => [record.envelope.id, record]));
  return records.map(
    ({ envelope }) => `${nameOf(envelope.from)} > ${receiverOf(envelope, byId)} ${envelope.operation}`,
  );
}

function outcomes(record: MessageRecord | undefined): string[] {
  return record?.attempts.map(({ outcome }) => outcome) ?? [];
}

/** Requests that have not exactly one response, sent by the one who was asked to the one who asked. */
function unanswered(records: readonly MessageRecord[]): string[] {
  const envelopes = records.map(({ envelope }) => envelope);
  const requests = envelopes.filter(({ type }) => type === "request");
  const fits = (request: (typeof requests)[number]) =>
    envelopes.filter(
      ({ type, inReplyTo, from, to }) =>
        type === "response" && inReplyTo === request.id && from === request.to && to === request.replyTo,
    ).length === 1;
  return requests.filter((request) => !fits(request)).map(({ operation }) => operation);
}
