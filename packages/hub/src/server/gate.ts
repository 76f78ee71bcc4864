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
  { url = "/", headersDistinct, headers }: IncomingMessage,
  names: ReadonlySet<string>,
): boolean {
  if ((headersDistinct["host"] ?? []).length > 1 || !isOwnHost(headers.host, names)) return false;
  return url.startsWith("/") || (URL.canParse(url) && isOwnHost(new URL(url).host, names));
}

/** Why a request is turned away before anybody looks at what it wants; undefined where it is not. */
export function turnedAway(request: IncomingMessage, names: ReadonlySet<string>): string | undefined {
  const { headers } = request;
  if (!isForHub(request, names)) return "host";
  if (!isOwnOrigin(headers.origin, headers.host)) return "origin";
  return isOwnSite(headers) ? undefined : "site";
}
