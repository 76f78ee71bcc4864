/** Network: where a hub listens, who may ask it at all, what is too large, too slow, or from elsewhere. Groups 2 to 5, 13, 14, 17, 19, 21. */
import { memory } from "hermod";
import { Hub } from "../../../packages/hub/src/index.ts";
import { isAlive, Raw, rawHttp, saidTo, told, upgrade, type Ground } from "../ground.ts";
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

const forms = ({ open, routes }: Ground): readonly Row[] => {
  const own = `Host: ${hostOf(open)}`;
  const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
  const paths = ["/v1/send", "/v1/tasks", "/v1/agents/x/y", "/v1/topics/x", "/v1/socket"];
  const posts = paths.flatMap((path) =>
    types.map((type): Row => [
      `posts ${type} to ${path}`,
      () => rawHttp(open, request("POST", path, [own, `Content-Type: ${type}`])),
    ]),
  );
  const got = routes
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }): Row => [
      `GET ${path} with the method of ${method} in a header`,
      async () => {
        const came = await rawHttp(open, request("GET", path, [own, `X-HTTP-Method-Override: ${method}`]));
        return /^HTTP\/1\.1 20[1-9]/.test(came) ? came : "HTTP/1.1 404";
      },
    ]);
  return [...posts, ...got];
};
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
    return grown > 300 * 2 ** 20 ? `grown by ${grown}` : (/HTTP\/1\.1 \d+/.exec(came)?.[0] ?? came);
  },
];
const lines = (count: number): string => Array.from({ length: count }, (_, at) => `x-${at}: y`).join("\r\n");
const sizes: readonly Row[] = [
  large("a header of 1 MB", (hub) =>
    rawHttp(hub, `GET /v1/health HTTP/1.1\r\nHost: x\r\nx: ${"a".repeat(1_000_000)}\r\n\r\n`),
  ),
  large("100,000 headers", (hub) =>
    rawHttp(hub, `GET /v1/health HTTP/1.1\r\nHost: x\r\n${lines(100_000)}\r\n\r\n`),
  ),
  large("a path of 1 MB", (hub) => rawHttp(hub, `GET /${"a".repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)),
  large("two lengths", (hub) =>
    rawHttp(hub, `POST /v1/send HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\n{}`),
  ),
  large("a length and chunks", (hub) =>
    rawHttp(
      hub,
      "POST /v1/send HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
  ),
  large("a negative length", (hub) =>
    rawHttp(hub, "POST /v1/send HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}"),
  ),
  large("a chunk that lies", (hub) =>
    rawHttp(
      hub,
      "POST /v1/send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n\r\n",
    ),
  ),
  large("an upgrade with a header of 1 MB", (hub) => upgrade(hub, [`x: ${"a".repeat(1_000_000)}`])),
  large("an upgrade with 10,000 protocols", (hub) =>
    upgrade(hub, [`Sec-WebSocket-Protocol: ${"a,".repeat(5000)}b`]),
  ),
  large("no HTTP", (hub) => rawHttp(hub, "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\r\n\r\n")),
];
const body = (path: string, bytes: number): Row =>
  large(`a body of ${bytes} bytes to ${path}`, (hub) =>
    rawHttp(hub, request("POST", path, [`Host: ${hostOf(hub)}`], "a".repeat(bytes))),
  );
const bodies: readonly Row[] = ["/v1/send", "/v1/tasks", "/v1/health", "/v1/socket"].map((path) =>
  body(path, 11 * 2 ** 20),
);
const messages: readonly Row[] = [
  large("a message of 10 MB", (hub) => saidTo(hub, " ".repeat(10 * 2 ** 20))),
  large("100,001 frames", (hub) => saidTo(hub, `[${'{"ping":1},'.repeat(100_000)}{"ping":1}]`)),
  large("binary", (hub) => saidTo(hub, new Uint8Array(100))),
  large("a ping of 1 MB", (hub) => saidTo(hub, JSON.stringify([{ ping: "a".repeat(1_000_000) }]))),
];

const bombs: readonly Row[] = [
  [
    "asks for compression",
    async ({ open }) => {
      const came = await upgrade(open, [
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
      ]);
      return /sec-websocket-extensions/i.test(came) ? came : "no compression";
    },
  ],
  [
    "sends a compressed frame unasked",
    async ({ open }) => {
      const came = await frames(
        open,
        Buffer.concat([Buffer.from([0xc1, 0x85]), Buffer.alloc(4), Buffer.from("abcde")]),
      );
      return came.includes("welcome") ? came : "no compression";
    },
  ],
  ...["gzip", "deflate", "br"].map((coding): Row => [
    `posts a body in ${coding}`,
    async ({ open }) => {
      const came = await rawHttp(
        open,
        request("POST", "/v1/send", [`Host: ${hostOf(open)}`, `Content-Encoding: ${coding}`]),
      );
      return came.startsWith("HTTP/1.1 4") ? "no compression" : came;
    },
  ]),
];

/** Bytes after an upgrade. */
function frames(hub: Hub, bytes: Buffer): Promise<string> {
  const head = `GET /v1/socket HTTP/1.1\r\nHost: ${hostOf(hub)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
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
  ...probes(3, /^(closed|HTTP\/1\.1 4)/, foreignHosts(ground)),
  ...probes(4, /^(closed|HTTP\/1\.1 40[0-9])/, foreignOrigins(ground)),
  ...probes(5, /^(closed|HTTP\/1\.1 4)/, forms(ground)),
  ...probes(5, /^not allowed$/, cors),
  ...probes(13, /^(closed|HTTP\/1\.1 4|HERMOD_PROTOCOL)/, [...sizes, ...bodies, ...messages]),
  ...probes(14, /^no compression$/, bombs),
  ...probes(17, /^served$/, slow),
  ...probes(17, /^HERMOD_OVERLOADED$/, holding),
  ...probes(19, /^(closed|HTTP\/1\.1 4)/, traversals),
  ...probes(21, /^no page$/, scripts),
];
