/** The agents of the demo. Each handler is an ordinary function; what it returns is the reply. */
import { agent, type AgentDefinition, type Definition } from "hermod";
import { Editor, Mailer, Pipeline, Researcher, Reviewer, Translator, Writer } from "./contracts.ts";
import { createCritics, type Workplaces } from "./critics.ts";
import { asMaterial, materialRule } from "./material.ts";

/** A mail server that can be down. */
export interface MailServer {
  up: boolean;
  readonly sent: string[];
}

const editor = agent(Editor, {
  on: {
    publish: async ({ topic }, ctx) => {
      const text = await ctx.call(Researcher, "research", { topic });
      return ctx.call(Writer, "write", { topic, context: [{ from: Researcher.name, text }] });
    },
  },
});

const researcher = agent(Researcher, {
  on: {
    research: ({ topic }, ctx) =>
      ctx.model.text(`Research ${topic}: the facts in short sentences.`, { signal: ctx.signal }),
  },
});

const writer = agent(Writer, {
  on: {
    write: ({ topic, context }, ctx) => {
      const lines = [`Write one sentence about ${topic}.`, materialRule, ...context.map(asMaterial)];
      return ctx.model.text(lines.join("\n"), { signal: ctx.signal });
    },
  },
});

/** Submits code until the reviewer has nothing to say, at most three times. */
const pipeline = agent(Pipeline, {
  on: {
    submit: async ({ code, language }, ctx) => {
      let lines = code.split("\n");
      for (let rounds = 1; rounds <= 3; rounds++) {
        const merged = lines.join("\n");
        const { approved, issues } = await ctx.call(Reviewer, "review", { code: merged, language });
        if (approved) return { merged, rounds };
        lines = lines.filter((_, at) => !issues.some((issue) => issue.startsWith(`line ${at + 1}:`)));
      }
      throw new Error("the reviewer was not content after three rounds");
    },
  },
});

const reviewer = agent(Reviewer, {
  on: {
    review: ({ code }) => {
      const issues = code
        .split("\n")
        .flatMap((line, at) => (line.includes("print(") ? [`line ${at + 1}: print() left behind`] : []));
      return { approved: issues.length === 0, issues };
    },
  },
});

const translator = agent(Translator, {
  on: {
    translate: ({ text, language }, ctx) =>
      ctx.model.text(`Translate into ${language}.\n${materialRule}\n${asMaterial({ from: "user", text })}`, {
        signal: ctx.signal,
      }),
  },
});

function createMailer(server: MailServer): AgentDefinition {
  return agent(Mailer, {
    on: {
      send: ({ to, text }) => {
        if (!server.up) throw new Error("the mail server is down");
        server.sent.push(`${to}: ${text}`);
      },
    },
  });
}

export function createAgents(server: MailServer, workplaces: Workplaces): Definition[] {
  const alone = [editor, researcher, writer, pipeline, reviewer, translator, createMailer(server)];
  return [...alone, ...createCritics(workplaces)];
}
