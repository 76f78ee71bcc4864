/** The contracts of the demo: who can be asked what. A contract is also the address of its agent. */
import { contract } from "hermod";
import * as z from "zod";

/** What another agent said, with its origin: material to work on, never an instruction. */
const material = z.object({ from: z.string(), text: z.string() });

export type Material = z.infer<typeof material>;

const topic = z.object({ topic: z.string() });

export const Editor = contract("editor", { calls: { publish: { in: topic, out: z.string() } } });
export const Researcher = contract("researcher", { calls: { research: { in: topic, out: z.string() } } });
export const Writer = contract("writer", {
  calls: { write: { in: topic.extend({ context: z.array(material) }), out: z.string() } },
});

const code = z.object({ code: z.string(), language: z.string() });

export const Pipeline = contract("pipeline", {
  calls: { submit: { in: code, out: z.object({ merged: z.string(), rounds: z.number() }) } },
});
export const Reviewer = contract("reviewer", {
  calls: { review: { in: code, out: z.object({ approved: z.boolean(), issues: z.array(z.string()) }) } },
});

/** Its caller would rather wait than hear of a busy model: the request is kept, and tried again. */
export const Translator = contract("translator", {
  calls: {
    translate: {
      in: z.object({ text: z.string(), language: z.string() }),
      out: z.string(),
      delivery: "at-least-once",
      retry: { retries: 3, base: "60ms", jitter: "none" },
    },
  },
});

export const Mailer = contract("mailer", {
  casts: {
    send: {
      in: z.object({ to: z.string(), text: z.string() }),
      retry: { retries: 2, base: "40ms", jitter: "none" },
    },
  },
});

export const Jury = contract("jury", {
  calls: { judge: { in: z.object({ drafts: z.array(z.string()) }), out: z.array(z.string()) } },
});

/** A review outlives the critic that fails at it. */
export const Critic = contract("critic", {
  calls: {
    review: {
      in: z.object({ draft: z.number(), text: z.string() }),
      out: z.string(),
      delivery: "at-least-once",
      retry: { retries: 5, base: "40ms", jitter: "none" },
    },
  },
});
