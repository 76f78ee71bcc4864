/** Addresses: where the servers of a cluster are. Whatever else an address may say the client of NATS does not heed, so it is refused here. */
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { aList } from "../core/options.ts";

/** @throws HermodError HERMOD_BAD_OPTION, which shows no password. */
export function toServers(servers: unknown): readonly string[] {
  const all = typeof servers === "string" ? [servers] : aList("nats.servers", servers as readonly string[]);
  if (all.length === 0) throw refused("takes one address or more", "an empty list");
  for (const each of all) checkServer(each);
  return all;
}

/** True where one of them insists on TLS. */
export function isSecured(servers: readonly string[]): boolean {
  return servers.some((each) => /^\s*tls:\/\//iu.test(each));
}

function checkServer(address: unknown): void {
  const url = toUrl(address);
  if (url === undefined) throw refused('takes addresses such as "nats://127.0.0.1:4222"', shown(address));
  const { username, password, pathname, search, hash } = url;
  if (username !== "" || password !== "" || url.href.includes("@"))
    throw refused(
      "takes addresses without a user",
      shown(address),
      "Give nats.user and nats.pass, or nats.token.",
    );
  if (pathname.replace("/", "") !== "" || search !== "" || hash !== "")
    throw refused(
      "takes addresses with nothing behind host and port",
      shown(address),
      "Give what stands there as options beside nats.servers, such as nats.namespace.",
    );
}

function toUrl(address: unknown): URL | undefined {
  if (typeof address !== "string" || address.trim() === "") return undefined;
  const url = URL.parse(address.includes("://") ? address : `nats://${address}`);
  return url !== null && /^(nats|tls):$/.test(url.protocol) && url.hostname !== "" ? url : undefined;
}

/** The address without what may be secret in it: all before its host but the protocol, and all behind a question mark. */
function shown(address: unknown): string {
  if (typeof address !== "string") return show(address);
  return show(address.replace(/^([a-z.+-]+:\/\/)?.*@/isu, "$1***@").replace(/[?#].*$/su, "?***"));
}

function refused(rule: string, received: string, hint?: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `nats.servers ${rule}, got ${received}`, {
    details: { option: "nats.servers", received },
    ...(hint !== undefined && { hint }),
  });
}
