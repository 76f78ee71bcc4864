/** Faults on the way to a model, each made over HTTP: one coded error each, which names the hop and no key. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, test } from "node:test";
import type { HermodError } from "hermod";
import { caught } from "../runtime/stage.ts";
import { all, asking, modelAt, named, ways } from "./ai.kit.ts";
import { openAiServer, type Fault } from "./server.kit.ts";

const KEY = "sk-hidden-0123456789abcdef";

/** Whatever is printed of an error: itself, its cause, its record. */
function printed(error: HermodError): string {
  return inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
}

const status = (code: number, headers = {}, error?: object): Fault => ({
  ...{ fault: "status", status: code, headers, ...(error && { error }) },
});
const quota = {
  error: { message: "You exceeded your quota", type: "insufficient_quota", code: "insufficient_quota" },
};

const large = {
  error: {
    message: "Request too large for small on tokens per min (TPM): Limit 10000, Requested 45000.",
    code: "rate_limit_exceeded",
  },
};

const faults: readonly (readonly [
  what: string,
  fault: Fault,
  hop: string,
  retryable: boolean,
  hint: RegExp,
])[] = [
  ["401", status(401), "key", false, /OPENAI_API_KEY/],
  ["403", status(403), "key", false, /OPENAI_API_KEY/],
  ["404", status(404), "path", false, /LLM_MODEL.*OPENAI_BASE_URL/],
  ["400", status(400), "request", false, /cause/],
  ["413", status(413), "request", false, /too long/],
  ["402", status(402), "quota", false, /account/],
  ["a quota that is used up", status(429, {}, quota), "quota", false, /account/],
  ["500", status(500), "server", true, /load/],
  ["529", status(529), "server", true, /load/],
  ["a connection that is cut", { fault: "cut" }, "cut", true, /connection/],
  [
    "a request that is larger than the limit of a minute",
    status(429, {}, large),
    "request",
    false,
    /too long/,
  ],
  ["a web page", { fault: "page" }, "answer", true, /OpenAI-compatible/],
  ["JSON that ends too early", { fault: "malformed-json" }, "answer", true, /OpenAI-compatible/],
];

for (const [way, ask] of Object.entries(ways))
  describe(`asked ${way}`, () => {
    for (const [what, fault, hop, retryable, hint] of faults)
      test(`${what} is HERMOD_MODEL at the hop "${hop}"`, async () => {
        await using server = await openAiServer();
        server.next(fault);
        const error = await caught(ask(modelAt(server, { OPENAI_API_KEY: KEY }), asking("the tide")));
        assert.deepEqual(
          [error.code, error.details["hop"], error.retryable],
          ["HERMOD_MODEL", hop, retryable],
        );
        assert.match(error.hint, hint);
        assert.doesNotMatch(printed(error), /hidden|the tide/);
        if (fault.fault === "status") assert.equal(error.details["status"], fault.status);
        assert.equal(server.requests.length, 1, "asked again by itself");
      });

    test("429 is HERMOD_RATE_LIMITED with the time to wait, in whichever way it is said", async () => {
      await using server = await openAiServer();
      const at = new Date(1_700_000_060_000).toUTCString();
      const said = [
        { "retry-after": "3" },
        { "retry-after-ms": "250", "retry-after": "1" },
        { "retry-after": at },
        {},
      ];
      server.next(...said.map((headers) => status(429, headers)));
      const clock = { ...stopped, now: () => 1_700_000_000_000 };
      const model = modelAt(server, {}, { clock });
      const waits: unknown[] = [];
      for (const _ of said) {
        const { code, retryable, details } = await caught(ask(model, asking("the tide")));
        assert.deepEqual([code, retryable, details["status"]], ["HERMOD_RATE_LIMITED", true, 429]);
        waits.push(details["retryAfter"]);
      }
      assert.deepEqual(waits, [3000, 250, 60_000, undefined]);
      assert.equal(server.requests.length, said.length, "asked again by itself");
    });

    test("a wrong key is not shown, though the endpoint repeats it, and neither is one that it adds", async () => {
      await using server = await openAiServer({ key: "sk-right" });
      const error = await caught(ask(modelAt(server, { OPENAI_API_KEY: KEY }), asking("the tide")));
      assert.deepEqual([error.code, error.details["status"]], ["HERMOD_MODEL", 401]);
      assert.match(error.message, /Incorrect API key provided: …/);
      assert.doesNotMatch(printed(error), /hidden/);
      const other = { error: { message: "not sk-other-hidden-0123456789 but Bearer hidden" } };
      server.next(status(500, {}, other));
      const bare = await caught(ask(modelAt(server, { OPENAI_API_KEY: "hiddenkey" }), asking("the tide")));
      assert.doesNotMatch(printed(bare), /hidden/);
      const second = await caught(ask(modelAt(server, { OPENAI_API_KEY: "sk-right" }), asking("the tide")));
      assert.doesNotMatch(printed(second), /hidden/);
    });

    test("a model that the endpoint does not know, and a wrong path", async () => {
      await using server = await openAiServer();
      const unknown = named({ LLM_MODEL: "large", OPENAI_BASE_URL: server.url });
      const lost = modelAt({ ...server, url: server.url.replace("/v1", "") });
      for (const model of [unknown, lost]) {
        const { details, hint } = await caught(ask(model, asking("the tide")));
        assert.deepEqual([details["hop"], details["status"]], ["path", 404]);
        assert.match(hint, /LLM_MODEL.*\/v1/);
      }
    });

    test("a host without address, a port where nobody listens, and one that speaks no TLS", async () => {
      await using server = await openAiServer();
      const gone = await openAiServer();
      await gone[Symbol.asyncDispose]();
      const urls = {
        dns: "http://nowhere.invalid/v1",
        refused: gone.url,
        tls: server.url.replace("http:", "https:"),
      };
      for (const [hop, url] of Object.entries(urls)) {
        const error = await caught(ask(modelAt({ ...server, url }), asking("the tide")));
        assert.deepEqual([error.code, error.details["hop"]], ["HERMOD_MODEL", hop]);
        assert.equal(error.details["endpoint"], `${url}/chat/completions`);
      }
    });
  });

const stopped = {
  ...{ now: () => 0, monotonic: () => 0 },
  after: () => () => undefined,
  defer() {},
  late() {},
  pause() {},
};

describe("a stream that breaks gives what came before, then the error:", () => {
  const broken: readonly (readonly [Fault, hop: string, said: string])[] = [
    [{ fault: "cut", say: "one two three four five six" }, "cut", "one two three four"],
    [{ fault: "malformed-sse" }, "answer", "so"],
    [{ fault: "no-finish" }, "answer", "half"],
    [{ fault: "error-event" }, "server", ""],
  ];
  for (const [fault, hop, said] of broken)
    test(fault.fault, async () => {
      await using server = await openAiServer();
      server.next(fault);
      const heard: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const part of modelAt(server).stream(asking("count"))) {
          assert.equal(part.type, "text");
          heard.push(part.text);
        }
      };
      const error = await caught(reading());
      assert.deepEqual([error.code, error.details["hop"]], ["HERMOD_MODEL", hop]);
      // A connection that is cut may take what nobody has read yet along.
      assert.equal(heard.join(""), fault.fault === "cut" ? said.slice(0, heard.join("").length) : said);
    });
  test("the endpoint's own words about it are told", async () => {
    await using server = await openAiServer();
    server.next({ fault: "error-event" });
    const { message } = await caught(all(modelAt(server).stream(asking("count"))));
    assert.match(message, /the model ran out of memory/);
  });
});
