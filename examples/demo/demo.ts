/** Demo: starts the system, lets the stories happen, and checks what came of them. */
import { start, type MessageRecord, type OpenStore } from "hermod";
import { Spy } from "hermod/testing";
import { Handlings } from "@hermod/hub/drawing";
import { createAgents, type MailServer } from "./agents.ts";
import type { Check } from "../shared/check.ts";
import type { Tale } from "../shared/tale.ts";
import { checksOf, type Told } from "./checks.ts";
import { Reviewer } from "./contracts.ts";
import { FAILING, type Workplaces } from "./critics.ts";
import { demoModel, isReal, promptsOf } from "./model.ts";
import { runLlm } from "./llmtale.ts";
import { runReport } from "./reporttale.ts";
import {
  stories,
  tellArticle,
  tellCritics,
  tellDead,
  tellRetry,
  tellReview,
  type Revival,
} from "./stories.ts";

export interface Demo {
  readonly tales: readonly Tale[];
  readonly checks: readonly Check[];
  /** Checks that were left out: a real model has words of its own. */
  readonly unmade: number;
}

/** All stories: the long one on a store of its own, which outlives this process when it is killed. */
export async function runDemo(store: OpenStore, kept: OpenStore): Promise<Demo> {
  const { tales, checks } = await runStories(store);
  const llm = await runLlm(store);
  const report = await runReport(kept);
  const all = [...checks, ...llm.checks, ...report.checks];
  const made = all.filter(({ ofWords }) => !isReal || !ofWords);
  return { tales: [...tales, ...llm.tales, report.tale], checks: made, unmade: all.length - made.length };
}

async function runStories(store: OpenStore): Promise<Omit<Demo, "unmade">> {
  const server: MailServer = { up: false, sent: [] };
  const model = demoModel();
  const spy = new Spy();
  const handlings = new Handlings();
  const workplaces: Workplaces = { lacksDictionary: (id) => handlings.memberOf(id) === FAILING };
  const agents = createAgents(server, workplaces);
  await using system = await start({ agents, model, store, reports: spy.listen });
  system.reports(handlings.listen);
  const article = await tellArticle(system);
  const review = await tellReview(system);
  const translation = await tellRetry(system);
  const revival = await tellDead(system, spy, server);
  const reviews = await tellCritics(system);
  const messages = {
    article: await system.conversation(stories.article.id),
    review: await system.conversation(stories.review.id),
    retry: await system.conversation(stories.retry.id),
    dead: await system.conversation(stories.dead.id),
    critics: await system.conversation(stories.critics.id),
  };
  const { delivery } = await system.stats();
  const told = {
    article,
    review,
    translation,
    revival,
    reviews,
    handlings: handlings.all,
    breakers: system.breakers.list(),
    sent: server.sent,
    prompts: promptsOf(model),
    messages,
    delivery,
  };
  return { tales: talesOf(told), checks: checksOf(told) };
}

function talesOf(told: Told): Tale[] {
  const endings = endingsOf(told);
  const names = Object.keys(stories) as (keyof typeof stories)[];
  return names.map((name) => {
    const messages = told.messages[name];
    const handlings = told.handlings.filter(({ conversation }) => conversation === stories[name].id);
    return { ...stories[name], messages, handlings, ending: endings[name] };
  });
}

function endingsOf({ article, review, translation, revival, reviews, prompts, messages }: Told) {
  return {
    article: [...askedOf(prompts), `reply: ${article}`],
    review: [...verdictsOf(messages.review), `reply: merged in round ${review.rounds}`],
    retry: [`reply: ${translation}`],
    dead: endingOf(revival),
    critics: reviews.map((text, at) => `draft ${at + 1}: ${text}`),
  } satisfies Record<keyof typeof stories, readonly string[]>;
}

function askedOf(prompts: readonly string[]): string[] {
  const prompt = prompts.find((text) => text.startsWith("Write ")) ?? "";
  return ["the writer's prompt:", ...prompt.split("\n").map((line) => `  ${line}`)];
}

function verdictsOf(messages: readonly MessageRecord[]): string[] {
  const verdicts = messages.filter(({ envelope }) => envelope.from === Reviewer.address);
  return verdicts.map(({ envelope }, at) => `review ${at + 1}: ${JSON.stringify(envelope.payload)}`);
}

/** What an operator saw of the dead letters, and did. */
function endingOf({ groups, letters, redriven }: Revival): string[] {
  return [
    ...groups.map(
      ({ count, cause, mailboxes }) => `dead letters: ${count} for ${mailboxes.join(", ")}, ${cause}`,
    ),
    ...letters.map(
      ({ attempts }) =>
        `its attempts: ${attempts.map(({ number, outcome }) => `${number} ${outcome}`).join(", ")}`,
    ),
    `the mail server is up again: redriven ${redriven.redriven} of ${redriven.matched}`,
  ];
}
