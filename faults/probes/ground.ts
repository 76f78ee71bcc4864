/** Ground: the hubs that are attacked: one as it comes, and one with tokens over a file, where somebody lives whom others would like to be. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, type AgentDefinition } from "hermod";
import type { WebhookOptions } from "hermod/http";
import { sqlite } from "hermod/sqlite";
import { Hub, type Auth } from "../../packages/hub/src/index.ts";
import { createApp } from "../../packages/hub/src/api/app.ts";
import { guarded, Raw, type Guarded } from "../../packages/hub/src/auth/auth.kit.ts";
import { tagOf } from "../../packages/hub/src/auth/desks.ts";

export { Raw };

type Said = Readonly<Record<string, unknown>>;

/** An agent that tells a URL what it gets. */
type Link = (name: string, options: WebhookOptions) => AgentDefinition;

/** What a ground has instead of what it should have, so that probes find a hole. */
export interface Plants {
  /** What is made of the tokens. */
  readonly auth?: (auth: Auth) => Auth;
  readonly link?: Link;
  /** The program and its arguments for a command line of these words. */
  readonly command?: (words: readonly string[]) => readonly string[];
  /** What is made of the figures of a hub that was asked for these names. */
  readonly figures?: (text: string, names: readonly string[]) => string;
}

export interface Ground extends AsyncDisposable {
  readonly folder: string;
  /** As it comes. */
  readonly open: Hub;
  /** With tokens. */
  readonly guarded: Guarded;
  /** Tokens: of whom is attacked, of a stranger with few rights, and of two tenants. */
  readonly tokens: Readonly<Record<"victim" | "stranger" | "person" | "red" | "blue", string>>;
  /** The victim's connection. */
  readonly victim: Raw & { readonly welcome: Said };
  readonly plants: Plants;
  /** The HTTP routes of a hub: method and path. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** A new connection with a token. */
  readonly as: (who: keyof Ground["tokens"]) => Promise<Raw & { readonly welcome: Said }>;
  /** What a stranger's request comes to: an error's code, or what it got. */
  readonly stranger: (op: string, rest?: Said) => Promise<string>;
}

/** What nobody but the victim may see. */
export const CANARY = "canary-7d1f";

export async function openGround(plants: Plants = {}): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-probes-"));
  const open = await Hub.open({ store: memory(), port: 0 });
  const at = await guarded(sqlite(join(folder, "hub.db")), plants.auth);
  const rights = [
    "serve:mine",
    "send:friend",
    "send:mine",
    "subscribe:open.*",
    "send:open.*",
    "redrive:mine",
  ];
  const tokens = {
    victim: at.token("victim", ["serve:*", "send:*", "read:*", "subscribe:*", "redrive:*"]),
    stranger: at.token("stranger", rights),
    person: at.token("anna", ["answer:anna"], "person"),
    red: at.token("red-one", ["serve:*", "send:*", "read:*", "subscribe:*", "redrive:*"], "system", "red"),
    blue: at.token("blue-one", ["serve:*", "send:*", "read:*", "subscribe:*", "redrive:*"], "system", "blue"),
  };
  const { url } = at.hub;
  const as = (who: keyof typeof tokens) => Raw.hello(url, { token: tokens[who] });
  const victim = await as("victim");
  await settle(victim);
  const stranger = await as("stranger");
  await stranger.ask("announce", { mailbox: "mine", rule: {} });
  await stranger.ask("announce", {
    mailbox: `~own.${tagOf({ name: "stranger", kind: "system" })}`,
    rule: {},
  });
  const parts = { system: open.system, hosting: { sessions: [] }, auth: { isOpen: true } };
  const routes = createApp(parts as never).app.routes.filter(({ method }) => method !== "ALL");
  return {
    ...{ folder, open, guarded: at, tokens, victim, plants, routes, as },
    stranger: async (op, rest = {}) => told(await stranger.ask(op, rest)),
    async [Symbol.asyncDispose]() {
      victim[Symbol.dispose]();
      stranger[Symbol.dispose]();
      await at[Symbol.asyncDispose]();
      await open.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The address of the victim's own system. */
export const OTHER = `~other.${tagOf({ name: "victim", kind: "system" })}`;

async function settle(victim: Raw): Promise<void> {
  for (const mailbox of ["theirs", "friend", OTHER, "red.agent", "blue.agent"])
    await victim.ask("announce", { mailbox, rule: {} });
  const sent = { id: "theirs-1", from: "theirs", to: "theirs", payload: CANARY, verb: "task", type: "task" };
  await victim.ask("append", { envelope: sent });
  await victim.ask("append", { envelope: { ...sent, id: "blue-1", from: "blue.agent", to: "blue.agent" } });
  await victim.ask("record", { id: "theirs-1", part: { type: "part", value: CANARY } });
  await victim.ask("bind", { pattern: "secret.>", mailbox: "theirs" });
  await victim.ask("bury", { envelope: { ...sent, id: "dead-1" }, reason: "terminal" });
}

/** An answer as text: an error's code, or what it says. */
export function told(answer: Said | undefined): string {
  const error = (answer?.["error"] ?? answer?.["refused"]) as { readonly code?: string } | undefined;
  if (answer === undefined) return "closed";
  return error?.code ?? JSON.stringify(answer["is"] ?? answer["welcome"] ?? answer);
}

/** Says hello with these words, and tells what came. */
export async function greeted(hub: Hub, hello: unknown): Promise<string> {
  using raw = await Raw.open(hub.url);
  raw.say(hello);
  return told(await raw.hear((frame) => "welcome" in frame || "refused" in frame));
}

/** What a text comes to on a connection that is greeted already. */
export async function saidTo(hub: Hub, text: string | Uint8Array, token?: string): Promise<string> {
  using raw = await Raw.hello(hub.url, token === undefined ? {} : { token });
  raw.text(text as string);
  raw.say({ ping: "after" });
  return told(await raw.hear((frame) => "refused" in frame || "pong" in frame || "error" in frame));
}

/** The code with which a greeted connection is closed for what it says, or what it says to a question after that. */
export function closedBy(hub: Hub, said: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}/v1/socket`);
  return new Promise((resolve) => {
    socket.addEventListener("open", () => {
      socket.send('[{"hello":1}]');
      socket.send(said);
      socket.send('[{"ping":"after"}]');
    });
    socket.addEventListener("close", ({ code }) => resolve(`closed by ${code}`));
    socket.addEventListener("message", ({ data }) => {
      if (/"(pong|refused)"/.test(String(data))) resolve(String(data).slice(0, 100));
    });
  });
}

/** How long a hub may take to begin an answer, in milliseconds: one that says nothing is held up. */
const SILENCE = 8000;

/**
 * Bytes to a port; gives what came until the other side ended it, or had nothing more to say. "closed" is said by the other side alone; where
 * nothing comes at all that is "silence".
 */
export function rawHttp(hub: Hub, bytes: string | Buffer, quiet = 500): Promise<string> {
  const { hostname, port } = new URL(hub.url);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: hostname === "localhost" ? "127.0.0.1" : hostname, port: Number(port) });
    const end = (without: string): void => {
      socket.destroy();
      resolve(text === "" ? without : text);
    };
    socket.setTimeout(SILENCE, () => end("silence"));
    socket.on("data", (data) => {
      socket.setTimeout(quiet);
      text += data.toString("latin1");
    });
    socket.on("close", () => end("closed"));
    socket.on("error", () => end("closed"));
    socket.write(bytes);
  });
}

/** An upgrade to a WebSocket with these headers. */
export function upgrade(hub: Hub, headers: readonly string[], path = "/v1/socket"): Promise<string> {
  const { host } = new URL(hub.url);
  const own = headers.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${host}`];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const base = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", key];
  return rawHttp(hub, `GET ${path} HTTP/1.1\r\n${[...own, ...base, ...headers].join("\r\n")}\r\n\r\n`, 150);
}

/** True while a hub still answers. */
export async function isAlive(hub: Hub): Promise<boolean> {
  const answer = await fetch(`${hub.url}/v1/health`, { signal: AbortSignal.timeout(5000) }).catch(
    () => undefined,
  );
  return answer?.ok ?? false;
}
