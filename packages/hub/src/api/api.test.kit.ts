/** A hub on a free port with agents behind it, and a client that holds every answer against the form that its route promises. */
import assert from "node:assert/strict";
import { agent, memory, start, type OpenStore, type System } from "hermod";
import { remote } from "hermod/remote";
import type { Auth, Principal, Right } from "../auth/principal.ts";
import { Hub, type HubOptions } from "../hub.ts";
import { error as errorForm } from "./schemas.ts";
import { routes } from "./routes/index.ts";

/** What an answer holds: of many forms, each checked by its route's schema. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it at will
export type Shown = any;

export interface Answer {
  readonly status: number;
  readonly body: Shown;
  readonly headers: Headers;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

/** The routes that were asked and answered well, over all tests of a file. */
export const answered = new Set<string>();

export class Client {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  /** `ask("post /v1/send", { body })`; the answer fits its schema, or is an error. */
  async ask(place: string, { body, headers = {}, token }: AskOptions = {}): Promise<Answer> {
    const [method = "get", path = ""] = place.split(" ");
    const response = await fetch(`${this.url}${path}`, {
      method: method.toUpperCase(),
      headers: {
        ...(method === "post" && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const given: unknown = isJson && text !== "" ? JSON.parse(text) : text;
    check(method, path.split("?")[0] as string, response.status, given);
    return { status: response.status, body: given, headers: response.headers };
  }

  /** Looks whenever something has happened in the store, until it finds what it looks for. */
  async until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
    for await (const _ of this.events("/v1/live")) {
      const found = await look();
      if (found) return found;
    }
    throw new Error("the events have ended");
  }

  /** What an event stream says, event by event. */
  async *events(
    path: string,
    { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): AsyncGenerator<{ event: string; id: string; data: Shown }> {
    const response = await fetch(`${this.url}${path}`, { headers, ...(signal && { signal }) });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
    noteRoute("get", path.split("?")[0] as string);
    let rest = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      rest += chunk;
      const blocks = rest.split("\n\n");
      rest = blocks.pop() as string;
      for (const block of blocks) {
        const lines = new Map(
          block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
        );
        if (lines.has("")) yield { event: "comment", id: "", data: undefined };
        else
          yield {
            event: lines.get("event") ?? "message",
            id: lines.get("id") ?? "",
            data: JSON.parse(lines.get("data") ?? "null"),
          };
      }
    }
  }
}

function routeOf(method: string, path: string) {
  return routes.find((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, "[^/]+")}$`);
    return route.method === method && pattern.test(path) && isNearest(route.path, path);
  });
}

/** A fixed address goes before a parameter. */
function isNearest(pattern: string, path: string): boolean {
  return pattern === path || !routes.some((other) => other.path === path);
}

function noteRoute(method: string, path: string): void {
  const route = routeOf(method, path);
  if (route) answered.add(`${route.method} ${route.path}`);
}

function check(method: string, path: string, status: number, body: unknown): void {
  if (status >= 400) return void errorForm.parse(body);
  const route = routeOf(method, path);
  if (route && typeof route.answer !== "string") route.answer.parse(body);
  noteRoute(method, path);
}

/** Agents that tests speak to. */
export const echo = agent("echo", {
  on: {
    request: (said, ctx) => {
      if (said === "who") return ctx.envelope.from;
      if (said === "fail") throw new Error("it broke");
      if (said === "hang")
        return new Promise((_, reject) =>
          ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error)),
        );
      return said;
    },
    async *task(most) {
      for (let at = 1; at <= (most as number); at++) yield at;
      return "done";
    },
    notification: () => undefined,
  },
  retry: { retries: 0 },
});

export interface Ground extends AsyncDisposable {
  readonly hub: Hub;
  readonly client: Client;
  readonly system: System;
}

/** A hub with a system of agents behind it. */
export async function open(
  options: Partial<HubOptions> & { agents?: readonly unknown[]; store?: OpenStore } = {},
): Promise<Ground> {
  const { agents = [echo], ...hubOptions } = options;
  const hub = await Hub.open({ store: memory(), port: 0, ...hubOptions });
  const token = hubOptions.auth?.isOpen === false ? { token: "system" } : {};
  const system = await start({ agents: agents as never, store: remote(hub.url, token) });
  return {
    ...{ hub, system, client: new Client(hub.url) },
    [Symbol.asyncDispose]: async () => {
      await system.close();
      await hub.close();
    },
  };
}

/** Tokens with what they may do: "read echo", "send *". */
export function tokens(rights: Readonly<Record<string, readonly string[]>>): Auth {
  const principals = new Map<string, Principal>(
    Object.entries({ system: ["* *"], ...rights }).map(([name, own]) => [
      name,
      {
        ...{ name, kind: name === "system" || name.startsWith("system-") ? "system" : "person" },
        may: (right: Right, subject: string) =>
          own.some((each) => {
            const [what, whom] = each.split(" ") as [string, string];
            return (what === "*" || what === right) && (whom === "*" || whom === subject);
          }),
      } as Principal,
    ]),
  );
  return {
    isOpen: false,
    identify: (token) => (token === undefined ? undefined : principals.get(token)),
    watch: () => () => undefined,
  };
}
