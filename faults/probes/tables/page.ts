/** Page: the dashboard's own files must be of no use to a page of somebody else, run nothing but their own, and be the only files there are. Groups 1, 4, 13, 19, 22. */
import { rawHttp, upgrade, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";
import { request, UNKNOWN } from "./identity.ts";

const hostOf = ({ open }: Ground): string => new URL(open.url).host;

const ask = (ground: Ground, path: string, headers: readonly string[] = []): Promise<string> =>
  rawHttp(ground.open, request("GET", path, [`Host: ${hostOf(ground)}`, ...headers]), 100);

const wanted: readonly (readonly [name: string, value: RegExp])[] = [
  ["content-security-policy", /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/],
  ["x-frame-options", /^DENY$/],
  ["x-content-type-options", /^nosniff$/],
  ["referrer-policy", /^no-referrer$/],
  ["cross-origin-resource-policy", /^same-origin$/],
  ["content-type", /^(text\/(html|css|javascript); charset=utf-8|image\/svg\+xml)$/],
];

/** "safe", or what a file of the page lacks, or does that it must not. */
export function judgedPage(answer: string): string {
  const [head = "", body = ""] = answer.split(/\r\n\r\n(.*)/s);
  const [status = "", ...lines] = head.split("\r\n");
  if (status !== "HTTP/1.1 200 OK") return answer;
  const headers = new Map(lines.map((line) => line.split(/: *(.*)/s) as [string, string]));
  const given = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
  const wrong = wanted.filter(([name, value]) => !value.test(given.get(name) ?? "")).map(([name]) => name);
  const policy = given.get("content-security-policy") ?? "";
  if (/unsafe|\*|https?:/.test(policy)) wrong.push("a policy that lets something in");
  if (given.has("access-control-allow-origin")) wrong.push("a word for other pages");
  if ((given.get("content-type") ?? "").startsWith("text/html")) wrong.push(...doneBy(body));
  return wrong.length === 0 ? "safe" : wrong.join(", ");
}

/** What the page itself does that its policy forbids. */
function doneBy(html: string): readonly string[] {
  const inline = /<script(?![^>]*\ssrc="\/)[^>]*>|<style|\son\w+=|style=/i.test(html);
  const elsewhere = /(src|href)="(?!\/(?!\/))/i.test(html);
  return [...(inline ? ["something inline"] : []), ...(elsewhere ? ["something from elsewhere"] : [])];
}

const browser = ["Accept: text/html"];
const screens = [
  "/",
  "/live",
  "/messages/%3Cscript%3E",
  "/agents/a?where=%3Csvg%20onload=x%3E",
  "/x/y/z",
  "//evil.example",
];
const files = ["/theme.js", "/mark.svg"];

const shown: readonly Row[] = [
  ...screens.map((path): Row => [
    `shows the page at ${path}`,
    async (ground) => judgedPage(await ask(ground, path, browser)),
  ]),
  ...files.map((path): Row => [`loads ${path}`, async (ground) => judgedPage(await ask(ground, path))]),
  [
    "loads all that the page loads",
    async (ground) => {
      const html = await ask(ground, "/", browser);
      const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
      const came = await Promise.all(paths.map(async (path) => judgedPage(await ask(ground, path))));
      return paths.length < 3
        ? `only ${paths.length} files`
        : (came.find((each) => each !== "safe") ?? "safe");
    },
  ],
];

/** Ways out of the folder, asked for by a browser. */
const ways = [
  ...[
    "/assets/../../../package.json",
    "/assets/%2e%2e/%2e%2e/%2e%2e/package.json",
    "/..%2f..%2fpackage.json",
  ],
  ...[
    "/assets/..%5c..%5cpackage.json",
    "/assets/....//....//package.json",
    "/%252e%252e/%252e%252e/package.json",
  ],
  ...[
    "/assets/%00/../../package.json",
    "/assets/index.html%00.js",
    "/file:///etc/passwd",
    "//etc/passwd",
    "/assets//etc/passwd",
  ],
  ...[
    "/__proto__",
    "/constructor",
    "/assets/__proto__",
    "/.git/config",
    "/%2egit/config",
    "/hub.db",
    "/tokens.json",
  ],
];

const traversals: readonly Row[] = ways.map((path) => [
  `asks as a browser for ${path}`,
  async (ground) => {
    const came = await ask(ground, path, browser);
    if (/"dependencies"|root:x:|repositoryformatversion|SQLite format/.test(came)) return "a file";
    return came.startsWith("HTTP/1.1 4") || came === "closed"
      ? "nothing"
      : /<div id="root">/.test(came)
        ? "the page"
        : came;
  },
]);

const foreign: readonly Row[] = [
  [
    "looks on from a foreign page",
    async ({ open }) => (await upgrade(open, ["Origin: http://evil.example"], "/v1/watch")).slice(0, 12),
  ],
  [
    "looks on under a foreign host",
    async ({ open }) => (await upgrade(open, ["Host: evil.example"], "/v1/watch")).slice(0, 12),
  ],
  [
    "frames the page",
    async (ground) =>
      (
        await ask(ground, "/", [
          ...browser,
          "Sec-Fetch-Site: cross-site",
          "Sec-Fetch-Dest: iframe",
          "Sec-Fetch-Mode: navigate",
        ])
      ).slice(0, 12),
  ],
  [
    "loads its script",
    async (ground) =>
      (await ask(ground, "/theme.js", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: script"])).slice(0, 12),
  ],
];

/** What the page's socket says to who says this. */
function watched(ground: Ground, wish: unknown): Promise<string> {
  const socket = new WebSocket(`${ground.guarded.hub.url.replace("http", "ws")}/v1/watch`);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.onopen = () => socket.send(JSON.stringify(wish));
  socket.onmessage = ({ data }) => {
    const { error } = JSON.parse(String(data)) as { readonly error?: { readonly code: string } };
    resolve(error?.code ?? "let in");
    socket.close();
  };
  socket.onerror = () => resolve("closed");
  return promise;
}

const unknown: readonly Row[] = [
  {},
  { token: "" },
  { token: "x" },
  { token: "*" },
  { token: "x".repeat(500) },
].map((wish): Row => [
  `looks on with ${JSON.stringify(wish).slice(0, 30)}`,
  (ground) => watched(ground, wish),
]);

const garbage: readonly Row[] = [
  [],
  "x",
  5,
  { where: "x".repeat(4097) },
  { where: 5 },
  { after: "" },
  { else: 1 },
  { token: "x".repeat(600) },
].map((wish): Row => [
  `says ${JSON.stringify(wish).slice(0, 30)} to the page's socket`,
  (ground) => watched(ground, wish),
]);

export const page: readonly Probe[] = [
  ...probes(19, /^(nothing|the page)$/, traversals),
  ...probes(22, /^safe$/, shown),
  ...probes(4, /^HTTP\/1\.1 403/, foreign),
  ...probes(1, UNKNOWN, unknown),
  ...probes(13, /^HERMOD_PROTOCOL$/, garbage),
];
