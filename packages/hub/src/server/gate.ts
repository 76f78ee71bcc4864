/**
 * Gate: who may speak to the hub at all. A hub on this machine is asked by browsers too, whatever page they show: so the name under which it was
 * asked and the page that asks must be its own.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Names under which a hub on this machine is asked. */
const local = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether the host that a request names is one of the hub's own. */
export function isOwnHost(host: string | undefined, names: ReadonlySet<string>): boolean {
  const name =
    host === undefined ? undefined : /^(\[[0-9a-f:.]+\]|[^:]+)(:\d+)?$/iu.exec(host)?.[1]?.toLowerCase();
  return name !== undefined && (local.has(name) || names.has(name));
}

/**
 * Whether a host is the very address that was connected to: a hub at every address has no other name. No name of somebody else can lead there
 * under it, as an address is no name.
 */
export function isHere(host: string | undefined, address: string | undefined): boolean {
  if (host === undefined || address === undefined) return false;
  const own = address.replace(/^::ffff:(?=\d+\.)/iu, "").toLowerCase();
  return host.toLowerCase().replace(/:\d+$/u, "") === (own.includes(":") ? `[${own}]` : own);
}

/** Whether a page may ask: one of the hub's own, or no page at all. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}

/** Whether a browser asks for a page of the hub's own, or for somebody who follows a link: other sites' pages cannot even load something from it. */
export function isOwnSite(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  if (site === "none" || site === "same-origin") return true;
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

/** Whether a request names one host alone, and that is the hub's own: in its header, and in its address where that names one too. */
function isForHub(
  { url = "/", headersDistinct, headers, socket }: IncomingMessage,
  names: ReadonlySet<string>,
): boolean {
  const isOwn = (host: string | undefined): boolean =>
    isOwnHost(host, names) || isHere(host, socket.localAddress);
  if ((headersDistinct["host"] ?? []).length > 1 || !isOwn(headers.host)) return false;
  return url.startsWith("/") || (URL.canParse(url) && isOwn(new URL(url).host));
}

/** Why a request is turned away before anybody looks at what it wants; undefined where it is not. */
export function turnedAway(request: IncomingMessage, names: ReadonlySet<string>): string | undefined {
  const { headers } = request;
  if (!isForHub(request, names)) return "host";
  if (!isOwnOrigin(headers.origin, headers.host)) return "origin";
  return isOwnSite(headers) ? undefined : "site";
}
