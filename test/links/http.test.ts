/** HTTP agents: what is sent, what comes of every kind of answer, and one time for all of it. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TimeoutError } from "hermod";
import { httpAgent } from "hermod/http";
import { testClock } from "hermod/testing";
import { caught, lettersOf, only } from "../runtime/stage.ts";
import {
  cuts,
  endpoint,
  hangsUp,
  says,
  sends,
  silent,
  stalls,
  type Act,
  type Received,
} from "./endpoint.kit.ts";
import { Critic, criticAt, failure, stores, ways } from "./http.kit.ts";

const on = stores["memory"] as (typeof stores)[string];
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

for (const [way, options] of Object.entries(ways))
  describe(`an HTTP agent ${way}`, () => {
    /** Ends when the headers of the next answer have come to the client. */
    function answerBegun(): Promise<void> {
      const channel = way === "by fetch" ? "undici:request:headers" : "http.client.response.finish";
      return new Promise((tell) => {
        const heard = (): void => {
          unsubscribe(channel, heard);
          tell();
        };
        subscribe(channel, heard);
      });
    }

    /** Asks once for what the endpoint does. */
    async function asked(act: Act | undefined, more: Parameters<typeof criticAt>[1] = {}): Promise<unknown> {
      await using server = await endpoint();
      if (act !== undefined) server.next(act);
      const { critic } = criticAt(server, { ...options, ...more });
      await using stage = await on({ agents: [critic] });
      return await stage.system.call(Critic, "any", { text: "tide" });
    }

    test("gets a POST of JSON with the message's key, trace and operation, and its answer is the reply [73]", async () => {
      await using server = await endpoint();
      server.next(says({ ok: true }));
      const { critic } = criticAt(server, { ...options, headers: { authorization: "Bearer s3cret-key" } });
      await using stage = await on({ agents: [critic] });
      const reply = await stage.system.call(Critic, "review", { text: "tide" }, { key: "k-1", trace: TRACE });
      assert.deepEqual(reply, { ok: true });
      const { method, path, headers, body } = only(server.requests);
      assert.deepEqual([method, path, body], ["POST", "/", '{"text":"tide"}']);
      assert.equal(headers["content-type"], "application/json");
      assert.equal(headers["idempotency-key"], "k-1");
      assert.equal(headers["traceparent"], TRACE);
      assert.equal(headers["hermod-operation"], "review");
      assert.equal(headers.authorization, "Bearer s3cret-key");
    });

    test("has a URL and headers for each operation, asked for at every attempt", async () => {
      await using server = await endpoint();
      server.next(says("x", 503), says("done"));
      const given: string[] = [];
      const { critic } = criticAt(server, {
        ...options,
        url: (operation) => new URL(`v1/${operation}`, server.url),
        headers: async (operation) => ({ "X-Token": `${operation}-${given.push(operation)}` }),
      });
      await using stage = await on({ agents: [critic] });
      const call = stage.system.call(Critic, "insist", 1);
      await stage.spy.seen("delivery.settled");
      await stage.clock.advance("1s");
      assert.equal(await call, "done");
      assert.deepEqual(
        server.requests.map(({ path, headers }) => [path, headers["x-token"]]),
        [
          ["/v1/insist", "insist-1"],
          ["/v1/insist", "insist-2"],
        ],
      );
    });

    const bytes = { text: "tide", raw: new Uint8Array([1, 2]) };
    const replies: readonly (readonly [what: string, act: Act, reply: unknown])[] = [
      ["null", says(null), null],
      ["data of a type of its own", sends("application/problem+json; charset=utf-8", '{"a":1}'), { a: 1 }],
      ["nothing, with 204", (response) => response.writeHead(204).end(), undefined],
      ["nothing, with 200", sends(undefined, ""), undefined],
      ["data, with 201", says({ made: true }, 201), { made: true }],
      ["bytes", says({ text: "tide", raw: { $bytes: "AQI=" } }), bytes],
      [
        "a name that is a trap",
        sends("application/json", '{"__proto__":{"a":1}}'),
        JSON.parse('{"__proto__":{"a":1}}'),
      ],
    ];
    for (const [what, act, reply] of replies)
      test(`answers ${what}`, async () => assert.deepEqual(await asked(act), reply));

    test("answers text where the contract has text, as JSON or as it is", async () => {
      await using server = await endpoint();
      server.next(says("one"), sends("text/plain; charset=utf-8", "two"));
      await using stage = await on({ agents: [criticAt(server, options).critic] });
      assert.equal(await stage.system.call(Critic, "title", "?"), "one");
      assert.equal(await stage.system.call(Critic, "title", "?"), "two");
      assert.equal(server.requests[0]?.headers.accept, "application/json, text/plain");
    });

    test("an endpoint that packs what it says is not unpacked beyond the limit", async () => {
      const bomb = gzipSync("x".repeat(1e7));
      const error = await failure(
        asked((response) => {
          response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
          response.end(bomb);
        }),
      );
      assert.match(error.code, /^HERMOD_(TOO_LARGE|BAD_REPLY)$/);
    });

    test("does not read the answer to a cast, and closes its connection", async () => {
      await using server = await endpoint();
      server.next(stalls());
      await using stage = await on({ agents: [criticAt(server, options).critic] });
      await stage.system.cast(Critic, "note", { text: "tide" });
      const { settlement } = await stage.spy.seen("delivery.settled");
      assert.equal(settlement.type, "ack");
      assert.equal(await only(server.requests).closed, "aborted");
    });

    const statuses: readonly (readonly [status: number, retryable: boolean])[] = [
      ...[302, 307, 400, 401, 404, 409, 410, 422].map((status) => [status, false] as const),
      ...[408, 425, 429, 500, 502, 503, 504].map((status) => [status, true] as const),
    ];
    for (const [status, retryable] of statuses)
      test(`${status} is an error with what was said, and a retry ${retryable ? "can" : "cannot"} help [73]`, async () => {
        const error = await failure(asked(says({ why: "closed" }, status, { location: "/elsewhere" })));
        assert.deepEqual([error.code, error.retryable], ["HERMOD_HTTP_STATUS", retryable]);
        const { url, ...details } = error.details ?? {};
        const contentType = "application/json";
        assert.deepEqual(details, { status, contentType, body: '{"why":"closed"}' });
        assert.match(String(url), /^http:\/\/127\.0\.0\.1:\d+\/$/);
      });

    const faults: readonly (readonly [
      what: string,
      act: Act,
      code: string,
      retryable: boolean,
      details: object,
    ])[] = [
      ["a connection that goes away", hangsUp, "HERMOD_HTTP", true, { hop: "cut" }],
      ["a body that is cut", cuts, "HERMOD_HTTP", true, { hop: "cut" }],
      [
        "what is no HTTP",
        (response) => response.socket?.end("nonsense\r\n\r\n"),
        "HERMOD_HTTP",
        true,
        { hop: "network" },
      ],
      ["what is no JSON", sends("application/json", '{"a":'), "HERMOD_BAD_REPLY", false, {}],
      [
        "what is no UTF-8",
        sends("application/json", new Uint8Array([34, 255, 34])),
        "HERMOD_BAD_REPLY",
        false,
        {},
      ],
      [
        "JSON too deep to be read",
        sends("application/json", "[".repeat(200_000)),
        "HERMOD_BAD_REPLY",
        false,
        {},
      ],
      [
        "a web page",
        sends("text/html", "<p>sign in"),
        "HERMOD_BAD_REPLY",
        false,
        { contentType: "text/html" },
      ],
      ["data without a type", sends(undefined, "{}"), "HERMOD_BAD_REPLY", false, { contentType: "" }],
      [
        "10 MB",
        sends("application/json", `"${"x".repeat(1e7)}"`),
        "HERMOD_TOO_LARGE",
        false,
        { value: 1_048_576 },
      ],
    ];
    for (const [what, act, code, retryable, details] of faults)
      test(`${what} is an error of its own [73]`, async () => {
        const error = await failure(asked(act));
        assert.deepEqual([error.code, error.retryable], [code, retryable]);
        assert.partialDeepStrictEqual(error.details, details);
      });

    test("closes the connection of an answer that is too large, and of a page of an error", async () => {
      await using server = await endpoint();
      const endless =
        (status: number): Act =>
        (response) => {
          const more = (): void => {
            if (response.destroyed) return;
            if (response.write("x".repeat(65_536))) setImmediate(more);
            else response.once("drain", more);
          };
          response.writeHead(status, { "content-type": "application/json" });
          more();
        };
      await using stage = await on({ agents: [criticAt(server, { ...options, maxAnswer: 1000 }).critic] });
      for (const [status, code] of [
        [200, "HERMOD_TOO_LARGE"],
        [500, "HERMOD_HTTP_STATUS"],
      ] as const) {
        server.next(endless(status));
        assert.equal((await failure(stage.system.call(Critic, "any", 1))).code, code);
        assert.equal(await server.requests.at(-1)?.closed, "aborted");
      }
    });

    test("nobody there, no TLS, and a host that is not there, are told apart [73]", async () => {
      const server = await endpoint();
      await server[Symbol.asyncDispose]();
      const { critic } = criticAt(server, options);
      const nowhere = httpAgent("nowhere", {
        url: "http://nowhere.invalid/",
        // A resolver may take its time.
        clock: testClock(),
        ...(way === "by fetch" ? {} : { guard: true }),
      });
      await using stage = await on({ agents: [critic, nowhere] });
      const refused = await failure(stage.system.call(Critic, "any", 1));
      assert.deepEqual([refused.code, refused.details?.["hop"]], ["HERMOD_HTTP", "refused"]);
      const plain = await endpoint();
      const secure = httpAgent("secure", { ...options, url: `https://127.0.0.1:${plain.port}/` });
      await stage.system.spawn(secure);
      const tls = await failure(stage.system.call("secure", "", 1));
      assert.deepEqual([tls.details?.["hop"], tls.retryable], ["tls", false]);
      await plain[Symbol.asyncDispose]();
      const unknown = await failure(stage.system.call("nowhere", "", 1));
      assert.deepEqual([unknown.code, unknown.details?.["hop"]], ["HERMOD_HTTP", "dns"]);
    });

    for (const [phase, act] of [
      ["headers", silent],
      ["body", stalls()],
    ] as const)
      test(`one time bounds the whole exchange: slow ${phase} end it and close the connection [73] [(31)] [C18]`, async () => {
        await using server = await endpoint();
        server.next(act);
        const { critic, timer } = criticAt(server, options);
        await using stage = await on({ agents: [critic] });
        const begun = answerBegun();
        const call = failure(stage.system.call(Critic, "any", 1));
        const request = await server.received(1);
        await timer.advance(9_999);
        assert.equal(stage.spy.of("delivery.settled").length, 0);
        if (phase === "body") await begun;
        await timer.advance(1);
        const { code, details, retryable } = await call;
        assert.deepEqual(
          [code, retryable, details?.["ms"], details?.["phase"]],
          ["HERMOD_TIMEOUT", true, 10_000, phase],
        );
        assert.equal(await request.closed, "aborted");
      });

    test("what makes its headers takes of the same time [(31)]", async () => {
      await using server = await endpoint();
      const { promise: asking, resolve: ask } = Promise.withResolvers<void>();
      const { critic, timer } = criticAt(server, {
        ...options,
        headers: () => {
          ask();
          return new Promise(() => undefined);
        },
      });
      await using stage = await on({ agents: [critic] });
      const call = failure(stage.system.call(Critic, "any", 1));
      await asking;
      await timer.advance("10s");
      assert.equal((await call).code, "HERMOD_TIMEOUT");
      assert.equal(server.requests.length, 0);
    });

    test("an error whose page never ends is that error", async () => {
      await using server = await endpoint();
      server.next(stalls(404));
      const { critic, timer } = criticAt(server, options);
      await using stage = await on({ agents: [critic] });
      const begun = answerBegun();
      const call = failure(stage.system.call(Critic, "any", 1));
      await begun;
      await timer.advance("10s");
      const { code, details } = await call;
      assert.deepEqual([code, details?.["status"]], ["HERMOD_HTTP_STATUS", 404]);
    });

    test("the message's own deadline ends it when it comes first [(31)]", async () => {
      await using server = await endpoint();
      server.next(silent);
      const { critic } = criticAt(server, options);
      await using stage = await on({ agents: [critic] });
      const call = caught(stage.system.call(Critic, "any", 1, { timeout: "2s" }));
      const request = await server.received(1);
      await stage.clock.advance("2s");
      assert.ok((await call) instanceof TimeoutError);
      assert.equal(await request.closed, "aborted");
    });

    test("a cancel closes the connection", async () => {
      await using server = await endpoint();
      server.next(silent);
      const { critic } = criticAt(server, options);
      await using stage = await on({ agents: [critic] });
      const stop = new AbortController();
      const call = caught(stage.system.call(Critic, "any", 1, { signal: stop.signal }));
      const request = await server.received(1);
      stop.abort();
      assert.equal((await call).code, "HERMOD_CANCELLED");
      assert.equal(await request.closed, "aborted");
    });

    test("follows no redirect unless it may, and then none to another origin or by GET", async () => {
      await using other = await endpoint();
      await using server = await endpoint();
      const { critic } = criticAt(server, { ...options, redirects: 2 });
      await using stage = await on({ agents: [critic] });
      const { system } = stage;
      const to = (location: string, status = 307): Act => says({}, status, { location });
      server.next(to("/a"), to("/b", 308), says("there"));
      assert.equal(await system.call(Critic, "any", 1), "there");
      assert.deepEqual(
        server.requests.map(({ path, method, body }) => [path, method, body]),
        [
          ["/", "POST", "1"],
          ["/a", "POST", "1"],
          ["/b", "POST", "1"],
        ],
      );
      for (const act of [to(other.url), to("/a", 302), to("http://:bad")]) {
        server.next(act);
        const { code } = await failure(system.call(Critic, "any", 1));
        assert.equal(code, "HERMOD_HTTP_STATUS");
      }
      server.next(to("/a"), to("/b"), to("/c"));
      assert.equal((await failure(system.call(Critic, "any", 1))).details?.["status"], 307);
      assert.equal(other.requests.length, 0);
    });

    test("follows a redirect whose own page never ends, and is late for the headers of the next", async () => {
      await using server = await endpoint();
      const { critic, timer } = criticAt(server, { ...options, redirects: 1 });
      await using stage = await on({ agents: [critic] });
      const endless: Act = (response) =>
        response.writeHead(307, { location: "/a", "content-length": "10" }).write("half");
      server.next(endless, says("there"));
      assert.equal(await stage.system.call(Critic, "any", 1), "there");
      assert.equal(await server.requests[0]?.closed, "aborted");
      server.next(endless, silent);
      const call = failure(stage.system.call(Critic, "any", 1));
      await server.received(4);
      await timer.advance("10s");
      const { code, details } = await call;
      assert.deepEqual([code, details?.["phase"]], ["HERMOD_TIMEOUT", "headers"]);
    });

    test("takes no name and password from a redirect", async () => {
      await using server = await endpoint();
      const { critic } = criticAt(server, { ...options, redirects: 1 });
      await using stage = await on({ agents: [critic] });
      server.next(says({}, 307, { location: `http://me:word@127.0.0.1:${server.port}/` }));
      const { code, details } = await failure(stage.system.call(Critic, "any", 1));
      assert.deepEqual([code, details?.["status"]], ["HERMOD_HTTP_STATUS", 307]);
      assert.equal(server.requests.length, 1);
    });

    test("an endpoint that turns to another protocol has not answered", async () => {
      await using server = await endpoint();
      server.next((response) =>
        response.socket?.write("HTTP/1.1 101 Now\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n"),
      );
      await using stage = await on({ agents: [criticAt(server, options).critic] });
      assert.equal((await failure(stage.system.call(Critic, "any", 1))).code, "HERMOD_HTTP");
      assert.equal(await server.requests[0]?.closed, "aborted");
    });

    test("no secret is shown, in whatever the endpoint repeats", async () => {
      await using server = await endpoint();
      const secrets = ["s3cret-token", "k3y-in-query"];
      const { critic } = criticAt(server, {
        ...options,
        url: `${server.url}?key=k3y-in-query`,
        headers: { authorization: "Bearer s3cret-token" },
      });
      server.next((response, { headers, path }) =>
        response.writeHead(401).end(`no ${headers.authorization} ${path} s3cret-token ${"x".repeat(5000)}`),
      );
      await using stage = await on({ agents: [critic] });
      const error = await caught(stage.system.call(Critic, "any", 1));
      const all = JSON.stringify([error, error.details, error.cause, stage.spy.all]);
      assert.deepEqual(
        secrets.filter((secret) => all.includes(secret)),
        [],
      );
      const { details } = await failure(Promise.reject(error));
      assert.equal(String(details?.["body"]).length, 500);
    });

    test("nor a part of one, or one in another form", async () => {
      await using server = await endpoint();
      const { critic } = criticAt(server, {
        ...options,
        url: `${server.url}?sig=hid%2Fden%3D`,
        headers: {
          authorization: `Bearer long-${"hidden-".repeat(1000)}`,
          "x-basic": `Basic ${btoa("me:hidden-word")}`,
          "x-quoted": 'a "hidden" one',
        },
      });
      const said: readonly ((request: Received) => string)[] = [
        ({ headers }) => `not ${headers.authorization?.slice(7)}`,
        ({ headers }) => `${headers.authorization?.slice(7)}`.repeat(3),
        ({ path }) => path.slice(path.indexOf("=") + 1),
        () => "hid/den=",
        () => "me: hidden-word",
        ({ headers }) => JSON.stringify(headers["x-quoted"]),
      ];
      await using stage = await on({ agents: [critic] });
      for (const say of said) {
        server.next((response, request) => response.writeHead(401).end(say(request)));
        const { details } = await failure(stage.system.call(Critic, "any", 1));
        assert.doesNotMatch(String(details?.["body"]), /hid/);
      }
    });

    test("keys of any text are one header each, and no two are the same", async () => {
      await using server = await endpoint();
      await using stage = await on({ agents: [criticAt(server, options).critic] });
      const keys = ["a b", "a%20b", "ключ", " a", "a", "a\u00e9", "[a]"];
      for (const key of keys) await stage.system.call(Critic, "any", 1, { key });
      const seen = server.requests.map(({ headers }) => headers["idempotency-key"]);
      assert.equal(new Set(seen).size, keys.length);
      assert.deepEqual(
        seen.map((key) => decodeURIComponent(String(key))),
        keys,
      );
    });
  });

test("a time that the platform's fetch has not is waited for by Node's own client", async () => {
  await using server = await endpoint();
  for (const timeout of ["300s", "301s"] as const) {
    await using stage = await on({ agents: [criticAt(server, { timeout }).critic] });
    assert.deepEqual(await stage.system.call(Critic, "any", 1), { heard: 1 });
  }
  const connections = server.requests.map(({ headers }) => headers.connection);
  assert.deepEqual(connections, ["keep-alive", "close"]);
});

test("a name of this machine is reached where it is allowed", async () => {
  await using server = await endpoint();
  const url = `http://localhost:${server.port}/`;
  await using stage = await on({ agents: [httpAgent("local", { url, guard: { allow: ["LOCALHOST"] } })] });
  assert.deepEqual(await stage.system.call("local", "", 1), { heard: 1 });
});

for (const [name, over] of Object.entries(stores))
  describe(`an HTTP agent over ${name}`, () => {
    test("every attempt of a message carries the same idempotency key [(32)] [C18]", async () => {
      await using server = await endpoint();
      server.next(says({}, 500), hangsUp, silent);
      const { critic, timer } = criticAt(server);
      await using stage = await over({ agents: [critic] });
      const { system, clock, spy } = stage;
      const call = system.call(Critic, "insist", { text: "tide" });
      for (const attempt of [1, 2, 3]) {
        await server.received(attempt);
        if (attempt === 3) await timer.advance("10s");
        await spy.seen("delivery.settled", (report) => report.attempt === attempt);
        await clock.advance("10s");
      }
      assert.deepEqual(await call, { heard: { text: "tide" } });
      const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
      assert.equal(keys.length, 4);
      assert.equal(new Set(keys).size, 1);
    });

    test("it is left alone for as long as it says", async () => {
      await using server = await endpoint();
      server.next(says({}, 429, { "retry-after": "90" }));
      const { critic } = criticAt(server);
      await using stage = await over({ agents: [critic] });
      const call = stage.system.call(Critic, "insist", 1);
      await stage.spy.seen("delivery.settled");
      await stage.clock.advance("89s");
      assert.equal(server.requests.length, 1);
      await stage.clock.advance("1s");
      assert.deepEqual(await call, { heard: 1 });
    });

    for (const said of ["0", "-1", "3", "Thu, 01 Jan 1970 00:00:00 GMT"])
      test(`it is not asked sooner than its policy has it, though it says ${said}`, async () => {
        await using server = await endpoint();
        server.next(says({}, 503, { "retry-after": said }));
        const retry = { base: "10s", jitter: "none" } as const;
        await using stage = await over({ agents: [criticAt(server, { retry }).critic] });
        const call = stage.system.call(Critic, "insist", 1);
        await stage.spy.seen("delivery.settled");
        await stage.clock.advance(9_999);
        assert.equal(server.requests.length, 1);
        await stage.clock.advance(1);
        assert.deepEqual(await call, { heard: 1 });
      });

    test("what it refuses becomes a dead letter at once, with what it said [73]", async () => {
      await using server = await endpoint();
      server.next(says({ why: "gone" }, 410));
      await using stage = await over({ agents: [criticAt(server).critic] });
      await stage.system.cast(Critic, "note", { text: "tide" });
      await stage.spy.seen("delivery.settled");
      const { reason, attempts } = only(await lettersOf(stage.system));
      assert.equal(reason, "terminal");
      assert.equal(only(attempts).error?.code, "HERMOD_HTTP_STATUS");
      assert.equal(server.requests.length, 1);
    });

    const timeouts = { onTimeout: silent, onError: says({}, 503) };
    for (const [option, act] of Object.entries(timeouts))
      test(`${option}: a default value stands for the answer, an error comes at once, a retry is the message's own [74] [(30)] [C18]`, async () => {
        await using server = await endpoint();
        const other = option === "onTimeout" ? "onError" : "onTimeout";
        const outcome = async (rule: "retry" | "error" | { default: unknown }) => {
          const count = server.requests.length + 1;
          server.next(act);
          const { critic, timer } = criticAt(server, { [option]: rule, [other]: "retry" });
          await using stage = await over({ agents: [critic] });
          const call = stage.system.call(Critic, "insist", 1).catch((error: unknown) => error);
          await server.received(count);
          if (option === "onTimeout") await timer.advance("10s");
          const { settlement } = await stage.spy.seen("delivery.settled");
          if (settlement.type === "retry") await stage.clock.advance("1s");
          return [settlement.type, await call] as const;
        };
        assert.deepEqual(await outcome({ default: { ok: false } }), ["ack", { ok: false }]);
        assert.deepEqual(await outcome("retry"), ["retry", { heard: 1 }]);
        const [type, error] = await outcome("error");
        assert.equal(type, "dead");
        assert.equal((error as { code?: string }).code, "HERMOD_FAILED");
      });

    test("a default value stands for an answer that does not fit the contract", async () => {
      await using server = await endpoint();
      server.next(says({ ok: "perhaps" }), says({ ok: "perhaps" }));
      const { critic } = criticAt(server, { onError: { default: { ok: false } } });
      await using stage = await over({ agents: [critic] });
      assert.deepEqual(await stage.system.call(Critic, "review", { text: "" }), { ok: false });
      await using strict = await over({ agents: [criticAt(server).critic] });
      const { code } = await failure(strict.system.call(Critic, "review", { text: "" }));
      assert.equal(code, "HERMOD_BAD_REPLY");
    });

    test("of a name it takes requests, tasks and notifications", async () => {
      await using server = await endpoint();
      await using stage = await over({ agents: [httpAgent("echo", { url: server.url })] });
      assert.deepEqual(await stage.system.call("echo", "say", "tide"), { heard: "tide" });
      const task = await stage.system.task("echo", "run", [1]);
      assert.deepEqual(await task.result(), { heard: [1] });
      await stage.system.cast("echo", "note", undefined);
      assert.equal((await server.received(3)).body, "null");
    });
  });
