/** Hubs with tokens for tests, and a client that says exactly what it is told to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, type OpenStore } from "hermod";
import { Hub } from "../hub.ts";
import type { Auth, PrincipalKind } from "./principal.ts";
import { parseScopes } from "./scopes.ts";
import { createToken } from "./tokenfile.ts";
import { tokens, type Tokens } from "./tokens.ts";

/** A hub with a file of tokens. */
export interface Guarded extends AsyncDisposable {
  readonly hub: Hub;
  readonly file: string;
  readonly audit: string;
  readonly auth: Tokens;
  /** A new token. */
  token(name: string, scopes: readonly string[], kind?: PrincipalKind, tenant?: string): string;
}

export async function guarded(
  store: OpenStore = memory(),
  change: (auth: Auth) => Auth = (auth) => auth,
): Promise<Guarded> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-auth-"));
  const file = join(folder, "tokens.json");
  const audit = join(folder, "audit.jsonl");
  const auth = tokens(file);
  const hub = await Hub.open({ store, port: 0, auth: change(auth), audit });
  return {
    ...{ hub, file, audit, auth },
    token: (name, scopes, kind = "system", tenant) =>
      createToken(file, { name, kind, scopes: parseScopes(scopes), ...(tenant !== undefined && { tenant }) })
        .token,
    async [Symbol.asyncDispose]() {
      await hub.close();
      auth.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Said = Readonly<Record<string, unknown>>;

/** A client by hand. */
export class Raw implements Disposable {
  readonly #socket: WebSocket;
  readonly #heard: Said[] = [];
  readonly #waits = new Set<() => void>();
  #n = 0;
  closed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#heard.push(...(JSON.parse(String(data)) as Said[]));
      this.#tell();
    });
    socket.addEventListener("close", () => {
      this.closed = true;
      this.#tell();
    });
  }

  static async open(url: string): Promise<Raw> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/socket`);
    const raw = new Raw(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error("the socket did not open")));
    });
    return raw;
  }

  /** Opened, and greeted. */
  static async hello(url: string, hello: Said = {}): Promise<Raw & { readonly welcome: Said }> {
    const raw = await Raw.open(url);
    raw.say({ hello: 1, ...hello });
    const welcome = await raw.hear((frame) => "welcome" in frame || "refused" in frame);
    return Object.assign(raw, { welcome: welcome ?? {} });
  }

  say(...frames: unknown[]): void {
    this.text(JSON.stringify(frames));
  }

  /** Text, or bytes. */
  text(text: string): void {
    this.#socket.send(text);
  }

  /** Asks, and gives the answer's frame; undefined where the connection ended instead. */
  async ask(op: string, rest: Said = {}): Promise<Said | undefined> {
    const n = ++this.#n;
    this.say({ n, op, ...rest });
    return this.hear((frame) => frame["n"] === n || "refused" in frame);
  }

  /** The code of the error that an operation is answered with; "" for none. */
  async code(op: string, rest: Said = {}): Promise<string> {
    const answer = await this.ask(op, rest);
    const error = (answer?.["error"] ?? answer?.["refused"]) as { readonly code: string } | undefined;
    return answer === undefined ? "closed" : (error?.code ?? "");
  }

  /** The first frame that is meant; undefined once the connection has ended without. */
  async hear(isMeant: (frame: Said) => boolean): Promise<Said | undefined> {
    for (;;) {
      const at = this.#heard.findIndex(isMeant);
      if (at >= 0) return this.#heard.splice(at, 1)[0];
      if (this.closed) return undefined;
      await new Promise<void>((go) => this.#waits.add(go));
    }
  }

  #tell(): void {
    for (const go of this.#waits) go();
    this.#waits.clear();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
