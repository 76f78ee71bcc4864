/** Network: where a hub listens, who may ask it at all, what is too large, too slow, or from elsewhere. Groups 2 to 5, 13, 14, 17, 19, 21. */
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { memory } from "hermod";
import { Hub } from "../../../packages/hub/src/index.ts";
import { closedBy, isAlive, Raw, rawHttp, saidTo, told, upgrade, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";
import { request } from "./identity.ts";

const hostOf = (hub: Hub): string => new URL(hub.url).host;

const binds: readonly Row[] = [
  "0.0.0.0",
  "::",
  "[::]",
  "",
  "0",
  "*",
  "192.168.0.1",
  "10.0.0.1",
  "169.254.1.1",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "2130706433",
  "0x7f000001",
  "::ffff:127.0.0.1",
].map((host) => [
  `listens on ${JSON.stringify(host)} without tokens`,
  async () => {
    await using hub = await Hub.open({ store: memory(), port: 0, host });
    return `listens on ${hub.url}`;
  },
]);

const hosts = (port: string): readonly string[] => [
  "evil.example",
  `evil.example:${port}`,
  `localhost.evil.example:${port}`,
  `127.0.0.1.evil.example:${port}`,
  `0.0.0.0:${port}`,
  `0:${port}`,
  `localhost@evil.example`,
  `evil.example#localhost`,
  `[::2]:${port}`,
  `169.254.169.254`,
  `localhost:${port}, evil.example`,
  `localhost\tevil`,
  "",
];

function foreignHosts({ open, routes }: Ground): readonly Row[] {
  const { port } = new URL(open.url);
  const sockets = hosts(port).map((host): Row => [
    `opens a socket as host ${JSON.stringify(host)}`,
    () => upgrade(open, [`Host: ${host}`]),
  ]);
  const health = ["/v1/health", "/v1/health/live", "/v1/health/ready"];
  const asked = routes
    .filter(({ path }) => !health.includes(path))
    .flatMap(({ method, path }) =>
      hosts(port)
        .slice(0, 2)
        .map((host): Row => [
          `${method} ${path} as host ${host}`,
          () => rawHttp(open, request(method, path, [`Host: ${host}`])),
        ]),
    );
  return [...sockets, ...asked];
}

function foreignOrigins({ open, routes }: Ground): readonly Row[] {
  const host = hostOf(open);
  const origins = [
    "http://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://localhost:1",
    "http://localhost",
    "file://",
    "chrome-extension://abc",
    `http://evil.example#${host}`,
    `http://evil.example/${host}`,
    "",
    `http://${host}.evil.example`,
    "data:text/html,x",
  ];
  const sockets = origins.map((origin): Row => [
    `opens a socket from ${JSON.stringify(origin)}`,
    () => upgrade(open, [`Origin: ${origin}`, "Cookie: token=x"]),
  ]);
  const posts = routes
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }): Row => [
      `${method} ${path} from another page`,
      () => rawHttp(open, request(method, path, [`Host: ${host}`, "Origin: http://evil.example"])),
    ]);
  return [...sockets, ...posts];
}

/** Bodies that would do, if they said that they are JSON. */
const bodied: readonly (readonly [path: string, body: string])[] = [
  ["/v1/send", '{"to":"x","verb":"cast","hold":true}'],
  ["/v1/tasks", '{"agent":"x","operation":"y","hold":true}'],
  ["/v1/agents/x/y?verb=cast&hold=true", "{}"],
  ["/v1/topics/x", "{}"],
  ["/v1/mailboxes/x/pull", "{}"],
];
const types = [
  ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
  ...["application/json; charset=utf-16", "application/jsonp", "application/javascript", ""],
];
const forms: readonly Row[] = bodied.flatMap(([path, body]) =>
  types.map((type): Row => [
    `posts ${type || "no type"} to ${path}`,
    ({ open }) =>
      rawHttp(open, request("POST", path, [`Host: ${hostOf(open)}`, `Content-Type: ${type}`], body)),
  ]),
);
const statusOf = (came: string): string => /^HTTP\/1\.1 \d+/.exec(came)?.[0] ?? came;
/** A GET stays one, whatever its headers say: it comes to the same as without them. */
const overridden = ({ open, routes }: Ground): readonly Row[] =>
  routes
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }): Row => [
      `GET ${path} with the method of ${method} in a header`,
      async () => {
        const ask = (...more: readonly string[]) =>
          rawHttp(open, request("GET", path, [`Host: ${hostOf(open)}`, ...more]));
        const json = "Content-Type: application/json";
        const names = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
        const came = statusOf(await ask(json, ...names.map((name) => `${name}: ${method}`)));
        const plain = statusOf(await ask());
        return came === plain ? "stays a GET" : `${came} rather than ${plain}`;
      },
    ]);
const cors: readonly Row[] = ["/v1/health", "/v1/socket", "/v1/send"].map((path) => [
  `asks whether another page may: ${path}`,
  async ({ open }) => {
    const preflight = ["Origin: http://evil.example", "Access-Control-Request-Method: POST"];
    const came = await rawHttp(open, request("OPTIONS", path, [`Host: ${hostOf(open)}`, ...preflight]));
    return /access-control-allow-origin/i.test(came) ? came : "not allowed";
  },
]);

/** Said to a hub that must live on, and be no larger for it. */
const large = (did: string, does: (hub: Hub) => Promise<string>): Row => [
  did,
  async ({ open }) => {
    const before = process.memoryUsage().rss;
    const came = await does(open);
    if (!(await isAlive(open))) return `dead after ${came}`;
    const grown = process.memoryUsage().rss - before;
    return grown > 300 * 2 ** 20 ? `grown by ${grown}` : statusOf(came);
  },
];
const lines = (count: number): string => Array.from({ length: count }, (_, at) => `x-${at}: y`).join("\r\n");
const asked = (did: string, line: string, headers: string, body = ""): Row =>
  large(did, (hub) => rawHttp(hub, `${line} HTTP/1.1\r\nHost: ${hostOf(hub)}\r\n${headers}\r\n\r\n${body}`));
const long = "a".repeat(1_000_000);
const headers: readonly Row[] = [
  asked("a header of 1 MB", "GET /v1/health", `x: ${long}`),
  asked("100,000 headers", "GET /v1/health", lines(100_000)),
  asked("a path of 1 MB", `GET /v1/health?${long}`, "x: y"),
  asked("a body's trailers of 1 MB", "POST /v1/send", `Transfer-Encoding: chunked\r\nx: ${long}`, "0\r\n"),
  large("an upgrade with a header of 1 MB", (hub) => upgrade(hub, [`x: ${long}`])),
];
const malformed: readonly Row[] = [
  asked("two lengths", "POST /v1/send", "Content-Length: 1\r\nContent-Length: 9", "{}"),
  asked(
    "a length and chunks",
    "POST /v1/send",
    "Content-Length: 1\r\nTransfer-Encoding: chunked",
    "0\r\n\r\n",
  ),
  asked("a negative length", "POST /v1/send", "Content-Length: -1", "{}"),
  asked(
    "a chunk that lies",
    "POST /v1/send",
    "Content-Type: application/json\r\nTransfer-Encoding: chunked",
    "FFFFFFFFFFFFFFFFF\r\n\r\n",
  ),
  large("an upgrade with 10,000 protocols", (hub) =>
    upgrade(hub, [`Sec-WebSocket-Protocol: ${"a,".repeat(5000)}b`]),
  ),
  large("no HTTP", (hub) => rawHttp(hub, "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\r\n\r\n")),
];
const huge = JSON.stringify("a".repeat(11 * 2 ** 20));
const bodies: readonly Row[] = ["/v1/send", "/v1/tasks", "/v1/agents/x/y", "/v1/topics/x"].flatMap((path) => [
  large(`a body of 11 MB to ${path}`, (hub) =>
    rawHttp(hub, request("POST", path, [`Host: ${hostOf(hub)}`], huge)),
  ),
  asked(
    `chunks of 11 MB to ${path}`,
    `POST ${path}`,
    "Content-Type: application/json\r\nTransfer-Encoding: chunked",
    `${huge.length.toString(16)}\r\n${huge}\r\n0\r\n\r\n`,
  ),
]);
const messages: readonly Row[] = [
  large("100,001 frames", (hub) => saidTo(hub, `[${'{"ping":1},'.repeat(100_000)}{"ping":1}]`)),
  large("a ping of 1 MB", (hub) => saidTo(hub, JSON.stringify([{ ping: "a".repeat(1_000_000) }]))),
];

/** What a socket is closed with for it. */
const closings: readonly Row[] = [
  large("a message of 10 MB", (hub) => closedBy(hub, `[{"ping":"${"a".repeat(10 * 2 ** 20)}"}]`)),
  large("a message of 10 MB in bytes", (hub) => closedBy(hub, new Uint8Array(10 * 2 ** 20))),
];
const binary: readonly Row[] = [
  large("bytes", (hub) => closedBy(hub, new Uint8Array(100))),
  large("a request in bytes", (hub) => closedBy(hub, new TextEncoder().encode('[{"ping":1}]'))),
];

const DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
/** A frame with the bit of compression, and no mask to speak of. */
const packed = (text: string): Buffer => {
  const body = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  return Buffer.concat([Buffer.from([0xc1, 0x80 | body.length]), Buffer.alloc(4), body]);
};
const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
const bombs: readonly Row[] = [
  [
    "asks for compression",
    async ({ open }) =>
      /sec-websocket-extensions/i.test(await upgrade(open, [DEFLATE])) ? "granted" : "no compression",
  ],
  ...[DEFLATE, "X-Nothing: asked"].map((line): Row => [
    `says hello compressed, with ${line.split(":")[0]}`,
    async ({ open }) => {
      const came = await frames(open, packed('[{"hello":1}]'), line);
      // 1002: what came is against the protocol.
      return came.includes("\u0088") && came.includes("\u0003\u00ea") ? "no compression" : came;
    },
  ]),
  ...Object.entries(packers).map(([coding, pack]): Row => [
    `posts a body in ${coding}`,
    async ({ open }) => {
      const body = pack(JSON.stringify("a".repeat(2 ** 20)));
      const own = `Host: ${hostOf(open)}\r\nContent-Type: application/json\r\nConnection: close`;
      const head = `POST /v1/topics/x HTTP/1.1\r\n${own}\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
      const came = await rawHttp(open, Buffer.concat([Buffer.from(head), body]));
      return statusOf(came) === "HTTP/1.1 415" ? "no compression" : came;
    },
  ]),
];

/** Bytes after an upgrade. */
function frames(hub: Hub, bytes: Buffer, line = "X-Nothing: asked"): Promise<string> {
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const head = `GET /v1/socket HTTP/1.1\r\nHost: ${hostOf(hub)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${line}\r\n${key}\r\n\r\n`;
  return rawHttp(hub, Buffer.concat([Buffer.from(head), bytes]), 300);
}

/** While something goes on others are served. */
const served = (did: string, begin: (hub: Hub) => Promise<() => void>): Row => [
  did,
  async ({ open }) => {
    const end = await begin(open);
    try {
      using raw = await Raw.hello(open.url);
      const began = performance.now();
      const came = told(await raw.ask("directory"));
      const took = performance.now() - began;
      return came.startsWith("[") && took < 2000 && (await isAlive(open))
        ? "served"
        : `${came} in ${took} ms`;
    } finally {
      end();
    }
  },
];
const many = async (count: number, open: () => Promise<Raw>): Promise<() => void> => {
  const all = await Promise.all(Array.from({ length: count }, open));
  return () => all.forEach((raw) => raw[Symbol.dispose]());
};
const slow: readonly Row[] = [
  served("500 sockets that say nothing", (hub) => many(500, () => Raw.open(hub.url))),
  served("300 sessions that do nothing", (hub) => many(300, () => Raw.hello(hub.url))),
  served("200 requests that do not end", async (hub) => {
    const all = Array.from({ length: 200 }, () =>
      rawHttp(hub, `GET /v1/health HTTP/1.1\r\nHost: ${hostOf(hub)}\r\nx: `, 3000),
    );
    return () => void all;
  }),
  served("100 bodies that do not end", async (hub) => {
    const all = Array.from({ length: 100 }, () =>
      rawHttp(hub, `POST /v1/send HTTP/1.1\r\nHost: ${hostOf(hub)}\r\nContent-Length: 100\r\n\r\n{`, 3000),
    );
    return () => void all;
  }),
  served("a flood of pings", async (hub) => {
    const raw = await Raw.hello(hub.url);
    for (let at = 0; at < 20_000; at++) raw.say({ ping: at });
    return () => raw[Symbol.dispose]();
  }),
  served("a flood of tiny requests without answers read", async (hub) => {
    const raw = await Raw.hello(hub.url);
    for (let n = 1; n <= 20_000; n++) raw.say({ n, op: "directory" });
    return () => raw[Symbol.dispose]();
  }),
  served("a message of a thousand fragments", async (hub) => {
    const part = Buffer.concat([Buffer.from([0x00, 0x81]), Buffer.alloc(4), Buffer.from(" ")]);
    const first = Buffer.concat([Buffer.from([0x01, 0x81]), Buffer.alloc(4), Buffer.from("[")]);
    await frames(hub, Buffer.concat([first, ...Array.from({ length: 1000 }, () => part)]));
    return () => undefined;
  }),
];
const holding: readonly Row[] = [
  ["watches", (at: number) => ({ op: "watch", mailbox: `w${at}` })],
  ["follows", (at: number) => ({ op: "follow", id: `f${at}` })],
  ["bindings", (at: number) => ({ op: "bind", pattern: `t${at}`, mailbox: "one", lease: 1000 })],
].map(([name, frame]) => [
  `100,001 ${String(name)} of one client`,
  async ({ open }: Ground) => {
    using raw = await Raw.hello(open.url);
    await raw.ask("announce", { mailbox: "one", rule: {} });
    for (let from = 0; from <= 100_001; from += 5000) {
      const some = Array.from({ length: 5000 }, (_, at) => ({
        n: 10 + from + at,
        ...(frame as (at: number) => object)(from + at),
      }));
      raw.say(...some);
      const came = await raw.hear((each) => "error" in each || each["n"] === 10 + from + 4999);
      if (came && "error" in came) return told(came);
    }
    return "no end";
  },
]) as readonly Row[];

const paths = [
  "/../etc/passwd",
  "/v1/../../etc/passwd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/%252e%252e/etc/passwd",
  "/..%2f..%2fetc/passwd",
  "/..%5c..%5cetc/passwd",
  "/..\\..\\etc\\passwd",
  "/v1/health/../../../etc/passwd",
  "/%00",
  "/v1/health%00.html",
  "//etc/passwd",
  "/static/../../package.json",
  "/.env",
  "/.git/config",
  "/package.json",
  "/tokens.json",
  "/audit.jsonl",
  "/hub.db",
  "/v1/%2e%2e/tokens.json",
  "/C:/windows/win.ini",
  "/file:///etc/passwd",
  "/....//....//etc/passwd",
  "/v1/;/etc/passwd",
  "/%c0%ae%c0%ae/etc/passwd",
];
const traversals: readonly Row[] = paths.map((path) => [
  `gets ${path}`,
  ({ open }) => rawHttp(open, request("GET", path, [`Host: ${hostOf(open)}`])),
]);
const scripts: readonly Row[] = [
  "<script>alert(1)</script>",
  "%3Cscript%3Ealert(1)%3C/script%3E",
  "%1b[31m",
  "%E2%80%AEx",
  "javascript:alert(1)",
  '"><svg onload=x>',
].map((text) => [
  `gets /v1/${text}`,
  async ({ open }) => {
    const came = await rawHttp(open, request("GET", `/v1/${text}`, [`Host: ${hostOf(open)}`]));
    return /content-type: text\/html/i.test(came) ? came : "no page";
  },
]);

export const network = (ground: Ground): readonly Probe[] => [
  ...probes(2, /^threw HERMOD_BAD_OPTION/, binds),
  ...probes(3, /^HTTP\/1\.1 403/, foreignHosts(ground)),
  ...probes(4, /^HTTP\/1\.1 403/, foreignOrigins(ground)),
  ...probes(5, /^HTTP\/1\.1 415/, forms),
  ...probes(5, /^stays a GET$/, overridden(ground)),
  ...probes(5, /^not allowed$/, cors),
  ...probes(13, /^HTTP\/1\.1 431$/, headers),
  ...probes(13, /^HTTP\/1\.1 400$/, malformed),
  ...probes(13, /^HTTP\/1\.1 413$/, bodies),
  ...probes(13, /^HERMOD_PROTOCOL$/, messages),
  ...probes(13, /^closed by 1009$/, closings),
  ...probes(13, /^closed by 1003$/, binary),
  ...probes(14, /^no compression$/, bombs),
  ...probes(17, /^served$/, slow),
  ...probes(17, /^HERMOD_OVERLOADED$/, holding),
  ...probes(19, /^(closed|HTTP\/1\.1 4)/, traversals),
  ...probes(21, /^no page$/, scripts),
];
