/** Handlings: which member of a pool had which message, and what became of the member by it; heard from the system's reports. */
import type { Envelope, Report } from "hermod";
import type { Tone } from "./tone.ts";

/** What became of a member. */
export interface Aftermath {
  readonly type: "breaker.changed" | "agent.crashed" | "agent.restarted";
  readonly text: string;
  readonly tone: Tone;
}

/** One attempt of a message, at one member. */
export interface Handling {
  readonly id: string;
  readonly conversation: string;
  readonly attempt: number;
  readonly member: string;
  /** In the order in which it happened. */
  readonly aftermath: readonly Aftermath[];
}

/** Hears the reports of a system: `start({ reports: handlings.listen })`. */
export class Handlings {
  readonly #all: (Handling & { readonly aftermath: Aftermath[] })[] = [];

  /** In the order of their beginning. */
  get all(): readonly Handling[] {
    return this.#all;
  }

  readonly listen = (report: Report): void => {
    if (report.type === "delivery.started") {
      const { envelope, mailbox, agent = mailbox, attempt } = report;
      // The member of a pool has a name of its own; everybody else has that of its mailbox.
      if (agent !== mailbox) this.#begin(envelope, agent, attempt);
    } else if (isAftermath(report)) this.#causeOf(report)?.aftermath.push(toAftermath(report));
  };

  /** The member that had this message last. */
  memberOf(id: string): string | undefined {
    return this.#all.findLast((handling) => handling.id === id)?.member;
  }

  #begin({ id, conversationId: conversation }: Envelope, member: string, attempt: number): void {
    this.#all.push({ id, conversation, attempt, member, aftermath: [] });
  }

  /** A restart is told when the member may be at its next message already: it belongs to the first crash that lacks one. */
  #causeOf({ type, agent }: AftermathReport) {
    const own = this.#all.filter(({ member }) => member === agent);
    const restarted =
      type === "agent.restarted" &&
      own.find((handling) => has(handling, "agent.crashed") && !has(handling, "agent.restarted"));
    return restarted || own.at(-1);
  }
}

function has({ aftermath }: Handling, wanted: Aftermath["type"]): boolean {
  return aftermath.some(({ type }) => type === wanted);
}

type AftermathReport = Extract<Report, { readonly type: Aftermath["type"] }>;

function isAftermath(report: Report): report is AftermathReport {
  const { type } = report;
  return type === "breaker.changed" || type === "agent.crashed" || type === "agent.restarted";
}

function toAftermath(report: AftermathReport): Aftermath {
  const { type, agent } = report;
  switch (type) {
    case "breaker.changed":
      return { type, text: `○ the breaker of ${agent} is ${report.state}`, tone: "warn" };
    case "agent.crashed":
      return { type, text: `✖ ${agent} has crashed`, tone: "bad" };
    case "agent.restarted":
      return { type, text: `↻ ${agent} is restarted`, tone: "warn" };
  }
}
