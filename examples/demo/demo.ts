/** Demo: starts the system, lets the stories happen, and checks what came of them. */
import { start, type MessageRecord } from "hermod";
import { Spy } from "hermod/testing";
import { createAgents, type MailServer } from "./agents.ts";
import { checksOf, type Check, type Told } from "./checks.ts";
import { Reviewer } from "./contracts.ts";
import { demoModel } from "./model.ts";
import {
  stories,
  tellArticle,
  tellDead,
  tellRetry,
  tellReview,
  type Revival,
  type Story,
} from "./stories.ts";

/** A story as it happened. */
export interface Tale extends Story {
  readonly messages: readonly MessageRecord[];
  /** Lines for the reader: what the story ended in. */
  readonly ending: readonly string[];
}

export interface Demo {
  readonly tales: readonly Tale[];
  readonly checks: readonly Check[];
}

export async function runDemo(): Promise<Demo> {
  const server: MailServer = { up: false, sent: [] };
  const model = demoModel();
  const spy = new Spy();
  await using system = await start({ agents: createAgents(server), model, reports: spy.listen });
  const article = await tellArticle(system);
  const review = await tellReview(system);
  const translation = await tellRetry(system);
  const revival = await tellDead(system, spy, server);
  const messages = {
    article: await system.conversation(stories.article.id),
    review: await system.conversation(stories.review.id),
    retry: await system.conversation(stories.retry.id),
    dead: await system.conversation(stories.dead.id),
  };
  const { delivery } = await system.stats();
  const told = {
    article,
    review,
    translation,
    revival,
    sent: server.sent,
    prompts: model.prompts,
    messages,
    delivery,
  };
  return { tales: talesOf(told), checks: checksOf(told) };
}

function talesOf({ article, review, translation, revival, prompts, messages }: Told): Tale[] {
  return [
    { ...stories.article, messages: messages.article, ending: [...askedOf(prompts), `reply: ${article}`] },
    {
      ...stories.review,
      messages: messages.review,
      ending: [...verdictsOf(messages.review), `reply: merged in round ${review.rounds}`],
    },
    { ...stories.retry, messages: messages.retry, ending: [`reply: ${translation}`] },
    { ...stories.dead, messages: messages.dead, ending: endingOf(revival) },
  ];
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
