/** Answers: whatever a hub says must be of no use to a page of somebody else: not framed, not guessed at, not kept. Group 22. */
import { memory } from "hermod";
import { Hub } from "../../../packages/hub/src/index.ts";
import { rawHttp, upgrade, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";
import { request } from "./identity.ts";

const hostOf = (hub: Hub): string => new URL(hub.url).host;

/** What each answer must say of itself. */
const wanted: readonly (readonly [name: string, value: RegExp])[] = [
  ["content-security-policy", /default-src 'none'.*frame-ancestors 'none'/],
  ["x-frame-options", /^DENY$/],
  ["x-content-type-options", /^nosniff$/],
  ["cache-control", /^no-store$/],
  ["referrer-policy", /^no-referrer$/],
  ["cross-origin-resource-policy", /^same-origin$/],
];

/** "safe", or what an answer with a body lacks; what is empty can neither be framed nor be guessed at. */
export function judged(answer: string): string {
  const [head = "", body = ""] = answer.split(/\r\n\r\n(.*)/s);
  const [status = "", ...lines] = head.split("\r\n");
  if (!status.startsWith("HTTP/1.1 ")) return answer;
  const headers = new Map(lines.map((line) => line.split(/: *(.*)/s) as [string, string]));
  const given = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
  const lacking = wanted.filter(([name, value]) => !value.test(given.get(name) ?? "")).map(([name]) => name);
  if (/unsafe|\*/.test(given.get("content-security-policy") ?? "")) lacking.push("a policy that is strict");
  if (given.has("access-control-allow-origin")) lacking.push("a word for its own pages alone");
  if (/html|xml|svg|script/i.test(given.get("content-type") ?? "")) lacking.push("a type that is no page");
  const isEmpty = body.replaceAll(/^0?\s*$/g, "") === "" && !given.has("content-type");
  return lacking.length === 0 || isEmpty ? "safe" : `${status.slice(9)} without ${lacking.join(", ")}`;
}

const ask = (did: string, line: string, headers: readonly string[] = [], host?: string): Row => [
  did,
  async ({ open }) => {
    const lines = [`Host: ${host ?? hostOf(open)}`, ...headers, "Connection: close"];
    return judged(await rawHttp(open, `${line} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`));
  },
];
const json = "Content-Type: application/json";

/** Every way to be refused. */
const refused: readonly Row[] = [
  ask("what is not there", "GET /page.html"),
  ask("an answer that is not there, for a browser", "GET /v1/none", ["Accept: text/html"]),
  ask("a method that is not taken", "PATCH /v1/send"),
  ask("a look whether another page may", "OPTIONS /v1/send", ["Origin: http://evil.example"]),
  ask("a foreign host", "GET /v1/health", [], "evil.example"),
  ask("a foreign page", "GET /v1/history", ["Origin: http://evil.example"]),
  ask("a foreign site", "GET /v1/history", ["Sec-Fetch-Site: cross-site"]),
  ask("an address of another host", "GET http://evil.example/v1/health"),
  ask("a body of another type", "POST /v1/send", ["Content-Type: text/html", "Content-Length: 0"]),
  ask("a body that is too large", "POST /v1/send", [json, "Content-Length: 99999999"]),
  ask("an option that there is not", "GET /v1/history?%3Cscript%3E=1"),
  ask("a filter that is none", "GET /v1/history?where=%3Cscript%3E:1"),
  ask("headers that are too large", "GET /", [`x: ${"a".repeat(20_000)}`]),
  ask("a coding that there is not", "POST /v1/send", ["Transfer-Encoding: gzip"]),
  ask("an expectation", "GET /v1/health", ["Expect: <b>"]),
  ask("everything", "OPTIONS *"),
  ask("another protocol", "GET /v1/health", ["Connection: Upgrade", "Upgrade: h2c"]),
  ["no HTTP", async ({ open }) => judged(await rawHttp(open, "\u0016\u0003\u0001<script>\r\n\r\n"))],
  ["no host", async ({ open }) => judged(await rawHttp(open, "GET / HTTP/1.1\r\n\r\n"))],
  [
    "no token",
    async ({ guarded: { hub } }) =>
      judged(await rawHttp(hub, request("GET", "/v1/history", [`Host: ${hostOf(hub)}`]))),
  ],
  ["a socket elsewhere", async ({ open }) => judged(await upgrade(open, [], "/v1/other"))],
  ["a socket of a foreign host", async ({ open }) => judged(await upgrade(open, ["Host: evil.example"]))],
  ["a socket of a foreign page", async ({ open }) => judged(await upgrade(open, ["Origin: null"]))],
  ...["Sec-WebSocket-Version: 99", "Sec-WebSocket-Key: <script>", "Sec-WebSocket-Protocol: ,"].map(
    (line): Row => [
      `a socket with ${line}`,
      async ({ open }) => {
        const own = [`Host: ${hostOf(open)}`, "Connection: Upgrade", "Upgrade: websocket", line];
        return judged(await rawHttp(open, `GET /v1/socket HTTP/1.1\r\n${own.join("\r\n")}\r\n\r\n`));
      },
    ],
  ),
];

/** A hub that ends says so to who asks meanwhile. */
const ending: Row = [
  "a hub that ends",
  async () => {
    const hub = await Hub.open({ store: memory(), port: 0 });
    const { host } = new URL(hub.url);
    const waits = rawHttp(hub, request("POST", "/v1/mailboxes/x/pull", [`Host: ${host}`], '{"wait":"60s"}'));
    await rawHttp(hub, request("GET", "/v1/health", [`Host: ${host}`]));
    const closing = hub.close({ timeout: 5000 });
    const came = judged(await waits);
    await closing;
    return came;
  },
];

/** What each route says to who may ask; a stream too. */
function served({ open, routes }: Ground): readonly Row[] {
  return routes
    .filter(({ method }) => method === "GET")
    .map(({ method, path }): Row => [
      `${method} ${path}`,
      async () => judged(await rawHttp(open, request(method, path, [`Host: ${hostOf(open)}`]), 50)),
    ]);
}

export const answers = (ground: Ground): readonly Probe[] =>
  probes(22, /^safe$/, [...refused, ending, ...served(ground)]);
