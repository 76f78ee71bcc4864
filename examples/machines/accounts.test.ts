/** Users and certificates as docs/nats.md shows them, at real servers: each application has its namespace, and nobody comes in without a certificate. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agent, start } from "hermod";
import { describe as look, nats, type NatsOptions } from "hermod/nats";
import { missing, Server } from "../../packages/hermod/src/nats/server.test.kit.ts";

const conf = readFileSync(join(import.meta.dirname, "accounts.conf"), "utf8");
const page = readFileSync(join(import.meta.dirname, "../../docs/nats.md"), "utf8");
const echo = agent("echo", { on: { request: (said) => said } });
const skip = missing === undefined ? false : `SKIPPED: ${missing}`;

/** Opens the store, says something and goes. */
async function spoken(options: NatsOptions): Promise<unknown> {
  await using system = await start({ agents: [echo], store: nats(options) });
  return await system.call("echo", "say", "heard", { delivery: "at-least-once" });
}

test("the page shows the file of accounts as it is tried here", () => {
  const shown = /```\n(# Two applications on one cluster[^]*?)```/.exec(page)?.[1];
  assert.equal(shown, conf);
});

describe("accounts", { skip }, () => {
  let server: Server;
  const shop = (): NatsOptions => ({ servers: server.url, user: "shop", pass: "s", namespace: "shop" });
  const post = (): NatsOptions => ({ servers: server.url, user: "post", pass: "p", namespace: "post" });

  before(async () => {
    // The server takes its variables from the environment; here they stand in the file.
    const config = conf.replace("$SHOP_PASSWORD", '"s"').replace("$POST_PASSWORD", '"p"');
    server = await Server.start({ config });
  });
  after(() => server.close());

  test("let each application work in its namespace", async () => {
    assert.deepEqual([await spoken(shop()), await spoken(post())], ["heard", "heard"]);
    assert.equal((await look(shop())).journals, 16);
  });
  test("let nobody into another's namespace, and nobody with a wrong password", async () => {
    await assert.rejects(spoken({ ...shop(), namespace: "post" }), { code: "HERMOD_FORBIDDEN" });
    await assert.rejects(spoken({ ...post(), pass: "s" }), { code: "HERMOD_UNAUTHORIZED" });
  });
});

describe("certificates", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-tls-"));
  const at = (name: string): string => join(folder, name);
  let server: Server;

  before(async () => {
    certify(folder);
    const files = `cert_file: "${at("server.pem")}", key_file: "${at("server.key")}", ca_file: "${at("ca.pem")}"`;
    server = await Server.start({ config: `tls { ${files}, verify: true }` });
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("let in who shows one, and only to a server that shows one", async () => {
    const tls = { caFile: at("ca.pem"), certFile: at("client.pem"), keyFile: at("client.key") };
    // Certificates are compared with names of hosts: an address counts as localhost to the client of NATS.
    const servers = `nats://localhost:${server.port}`;
    assert.equal(await spoken({ servers, tls }), "heard");
    for (const lacking of [{ caFile: at("ca.pem") }, {}])
      await assert.rejects(spoken({ servers, tls: lacking, timeout: "2s" }), { code: "HERMOD_UNREACHABLE" });
  });
  test("are insisted on where a server offers none", async () => {
    const plain = await Server.start();
    try {
      await assert.rejects(spoken({ servers: plain.url, tls: {}, timeout: "2s" }), {
        code: "HERMOD_UNREACHABLE",
      });
    } finally {
      await plain.close();
    }
  });
});

/** An authority, and what it vouches for: the server by its name, and a client. */
function certify(folder: string): void {
  const openssl = (...words: readonly string[]): void =>
    void execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...fresh,
    "-days",
    "1",
    "-subj",
    "/CN=authority",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  writeFileSync(
    join(folder, "names"),
    "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n",
  );
  for (const name of ["server", "client"]) {
    openssl("req", ...fresh, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const signed = [
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "1",
      "-extfile",
      "names",
    ];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${name}.pem`);
  }
}
