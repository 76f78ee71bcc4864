/** TLS to the servers, over real ones with certificates that are made here: what is let in, and what who is not let in is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { HermodError } from "../core/errors.ts";
import { Certificates, missing as noCertificates } from "./certificates.test.kit.ts";
import type { NatsTls } from "./credentials.ts";
import { describe } from "./describe.ts";
import { nats } from "./nats.ts";
import type { NatsOptions } from "./options.ts";
import { missing as noServer, Server } from "./server.test.kit.ts";

const missing = noServer ?? noCertificates;
const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
const terms = { skip, timeout: 30_000 };
let made: Certificates;
let server: Server;

before(async () => {
  if (skip) return;
  made = new Certificates();
  const [cert, key, ca] = ["server.pem", "server.key", "ca.pem"].map((name) =>
    JSON.stringify(made.path(name)),
  );
  server = await Server.start({
    config: `tls { cert_file: ${cert}, key_file: ${key}, ca_file: ${ca}, verify: true }`,
  });
});
after(async () => {
  await server?.close();
  made?.remove();
});

const textOf = (name: string): string => readFileSync(made.path(name), "utf8");

test("certificates are given as text, as files, and as some of both", terms, async () => {
  const path = (name: string): string => made.path(name);
  const ways: readonly NatsTls[] = [
    { ca: textOf("ca.pem"), cert: textOf("client.pem"), key: textOf("client.key") },
    { caFile: path("ca.pem"), certFile: path("client.pem"), keyFile: path("client.key") },
    { ca: textOf("ca.pem"), certFile: path("client.pem"), key: textOf("client.key") },
  ];
  for (const tls of ways) assert.equal((await describe({ servers: server.url, tls })).journals, 0);
});

/** What is refused of these options, and its whole text. */
function refusalOf(options: object): { readonly error: HermodError; readonly all: string } {
  try {
    nats({ servers: "nats://127.0.0.1:1", ...options } as NatsOptions);
  } catch (error) {
    assert.ok(error instanceof HermodError);
    return { error, all: `${error.stack}${JSON.stringify(error)}` };
  }
  throw new Error("it is taken");
}

const pem = `-----BEGIN PRIVATE KEY-----\n${"sesame".repeat(200)}\n-----END PRIVATE KEY-----\n`;

test("what does not go together is refused by name, and no key is shown", () => {
  const cases: readonly (readonly [tls: object, names: RegExp])[] = [
    [{ cert: pem }, /tls\.cert is given without nats\.tls\.key or nats\.tls\.keyFile/],
    [{ certFile: "a.pem" }, /tls\.certFile is given without nats\.tls\.key /],
    [{ key: pem }, /tls\.key is given without nats\.tls\.cert /],
    [{ keyFile: "a.key" }, /tls\.keyFile is given without nats\.tls\.cert /],
    [{ ca: pem, caFile: "a.pem" }, /tls\.ca and nats\.tls\.caFile are both given/],
    [{ cert: pem, certFile: "a.pem", key: pem }, /tls\.cert and nats\.tls\.certFile/],
    [{ cert: pem, key: pem, keyFile: "a.key" }, /tls\.key and nats\.tls\.keyFile/],
    [{ key: "sesame", cert: pem }, /tls\.key must be PEM text.*got other text of 6 characters/],
    [{ key: pem.repeat(100), cert: pem }, /tls\.key must be PEM text of at most 65536 characters/],
    [{ ca: 1 }, /tls\.ca must be PEM text.*got number/],
  ];
  for (const [tls, names] of cases) {
    const { error, all } = refusalOf({ tls });
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.match(error.message, names);
    assert.doesNotMatch(all, /sesame/);
  }
});

test("of user, password and token no two are given that one server does not ask for, and no secret is shown", () => {
  const cases: readonly (readonly [options: object, names: RegExp])[] = [
    [{ pass: "sesame" }, /nats\.pass is given without nats\.user/],
    [{ user: "a", token: "sesame" }, /nats\.token is given with nats\.user/],
    [{ user: "a", pass: "sesame", token: "sesame" }, /nats\.token is given with nats\.user/],
    [{ pass: "sesame", token: "sesame" }, /nats\.pass is given without nats\.user/],
    [{ user: "a", pass: "sesame\n" }, /nats\.pass must be text.*got other text of 7 characters/],
    [{ token: "sesame".repeat(100) }, /nats\.token must be text/],
  ];
  for (const [options, names] of cases) {
    const { error, all } = refusalOf(options);
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.match(error.message, names);
    assert.doesNotMatch(all, /sesame/);
  }
});

test("a connection that TLS keeps from being made is told as that", terms, async (t) => {
  const plain = await Server.start();
  t.after(() => plain.close());
  const ca = textOf("ca.pem");
  const own = { cert: textOf("client.pem"), key: textOf("client.key") };
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const cases: readonly (readonly [options: NatsOptions, names: RegExp])[] = [
    [{ servers: server.url }, /certificate/],
    [{ servers: server.url, tls: own }, /certificate/],
    [{ servers: server.url, tls: { ca } }, /timeout/],
    [{ servers: server.url, tls: { ca: broken, ...own } }, /./],
    [{ servers: server.url, tls: { ca, ...own, cert: broken } }, /./],
    [{ servers: server.url, tls: { ...own, caFile: "no/such.pem" } }, /such\.pem doesn't exist/],
    [{ servers: plain.url, tls: {} }, /does not support 'tls'/],
    [{ servers: plain.url.replace("nats:", "tls:") }, /does not support 'tls'/],
  ];
  for (const [options, names] of cases) {
    const tried = describe({ timeout: "2s", ...options }).then(
      () => assert.fail("it is let in"),
      (error: unknown) => error as HermodError,
    );
    const { code, message, hint } = await tried;
    const all = `${code} ${message} ${hint}`;
    assert.equal(code, "HERMOD_UNREACHABLE", all);
    assert.match(message, names);
    assert.match(hint, /nats\.tls/, all);
  }
});

test("an address that says more than host and port is refused, and what may be secret in it is not shown", () => {
  const cases: readonly (readonly [servers: string | readonly string[], names: RegExp])[] = [
    ["nats://ana:sesame@a:1", /without a user, got "nats:\/\/\*\*\*@a:1"/],
    ["nats://sesame@a", /nats:\/\/\*\*\*@a/],
    ["ana:sesame@a:1", /"\*\*\*@a:1"/],
    ["nats://:sesame@a", /without a user/],
    ["nats://ana:sesame@open@a", /\/\*\*\*@a"/],
    ["nats://ana:ses/sesame@a", /\/\*\*\*@a"/],
    ["http://ana:sesame@a:1", /takes addresses such as/],
    ["nats://ana:sesame@", /takes addresses such as/],
    [["nats://a", "tls://ana:sesame@b"], /\*\*\*@b/],
    ["nats://a?pass=sesame", /nothing behind host and port, got "nats:\/\/a\?\*\*\*"/],
    ["nats://a/shop", /nothing behind host and port/],
    ["nats://a#shop", /nothing behind host and port/],
  ];
  for (const [servers, names] of cases) {
    const { error, all } = refusalOf({ servers });
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.match(error.message, names);
    assert.match(error.message, /nats\.servers/);
    assert.doesNotMatch(all, /sesame/);
  }
});
