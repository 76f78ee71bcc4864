/** Remote: a store behind a hub's WebSocket. */
import { toMs, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { aText, checkOptions } from "../core/options.ts";
import type { OpenStore } from "../core/store.ts";
import { overLink } from "./open.ts";
import type { Dial } from "./wire.ts";

/** Options of a remote store. */
export interface RemoteOptions {
  /** What the hub knows the client by; default none, which a hub on this machine may allow. */
  readonly token?: string;
  /** A name for the hub's lists and logs. */
  readonly client?: string;
  /** How long the first answer may take; default "5s". Later it is connected again without an end. */
  readonly timeout?: Duration;
}

/** How often a silent hub is asked whether it is there, in milliseconds. */
const BEAT = 10_000;
/** How long a close waits for the answers that are under way, in milliseconds. */
const PATIENCE = 2000;

/**
 * The store of a hub: `start({ store: remote("http://localhost:4700") })`. It connects again by itself and goes on where it was; nothing that was
 * confirmed is lost or done twice by that.
 * @throws HermodError HERMOD_BAD_OPTION; when it is opened HERMOD_UNREACHABLE.
 */
export function remote(url: string, options: RemoteOptions = {}): OpenStore {
  checkOptions("remote", options, ["token", "client", "timeout"]);
  const { token, client, timeout = "5s" } = options;
  const address = toSocketAddress(url);
  return overLink({
    dial: dialling(address),
    where: url,
    token: token === undefined ? undefined : aText("remote.token", token),
    client: client === undefined ? undefined : aText("remote.client", client),
    ...{ beat: BEAT, patience: PATIENCE },
    timeout: toMs(timeout, "remote.timeout"),
  });
}

/** The address of the hub's socket. */
function toSocketAddress(url: unknown): string {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^(https?|wss?):$/.test(parsed.protocol))
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `remote takes the address of a hub, such as http://localhost:4700, got ${String(url)}`,
    );
  parsed.protocol = parsed.protocol.replace("http", "ws");
  parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/v1/socket`;
  return parsed.href;
}

function dialling(address: string): Dial {
  return ({ opened, heard, closed }) => {
    const socket = new WebSocket(address);
    socket.addEventListener("open", opened);
    socket.addEventListener("message", ({ data }) => heard(String(data)));
    socket.addEventListener("close", ({ code, reason }) => closed(reason || `closed with code ${code}`));
    return { send: (text) => socket.send(text), close: () => socket.close() };
  };
}
