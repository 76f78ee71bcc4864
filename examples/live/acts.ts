/** Acts: what happens again and again, one after the other; each is a conversation of its own. */
import type { System } from "hermod";
import { Editor, Jury, Mailer, Pipeline, Translator } from "../demo/contracts.ts";
import { Columnist, Press } from "../demo/llm.ts";

/** One thing that happens; rejects where it fails. */
export type Act = (system: System) => Promise<unknown>;

const PORTS = ["Brest", "Dover", "Bergen", "Porto"] as const;
const port = (): string => PORTS[Math.floor(Math.random() * PORTS.length)] as string;

/** Releases that may wait for a person's word at a time. */
const MOST_QUESTIONS = 3;

const writes: Act = (system) => system.call(Editor, "publish", { topic: `the tides of ${port()}` });
const reviews: Act = (system) =>
  system.call(Pipeline, "submit", {
    code: "def tide(hour):\n    print(hour)\n    return hour % 12 < 6",
    language: "python",
  });
const translates: Act = (system) =>
  system.call(Translator, "translate", { text: "The sea rises twice a day.", language: "German" });
const judges: Act = (system) =>
  system.call(Jury, "judge", {
    drafts: ["The tide turns twice a day.", "The moon pulls the sea and", "Sailors read"],
  });
const mails: Act = (system) =>
  system.cast(Mailer, "send", { to: "readers", text: `High water at ${port()}.` });
const publishes: Act = (system) => system.publish("tide.high", { port: port() });

/** Long work, with its text in parts. */
const columns: Act = async (system) => (await system.task(Columnist, "write", { topic: "Brest" })).result();

/** Ends when somebody answers: nobody waits for it here. */
const asks: Act = async (system) => {
  const where = "to:press type:task -state:done -state:failed -state:dead";
  const { items } = await system.history({ where, limit: MOST_QUESTIONS });
  if (items.length < MOST_QUESTIONS)
    await system.task(Press, "release", { topic: "Brest" }, { timeout: "1d" });
};

export const acts: readonly Act[] = [writes, publishes, reviews, mails, translates, judges, columns, asks];
