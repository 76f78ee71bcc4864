/** Webhooks: the end of a task told to a URL, signed, once and again until it is heard, and never to a private network. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agent, contract, type System } from "hermod";
import { verifyWebhook, webhook, type WebhookOptions } from "hermod/http";
import { testClock } from "hermod/testing";
import * as z from "zod";
import { lettersOf, only } from "../runtime/stage.ts";
import { endpoint, hangsUp, says, sends, silent, type Received } from "./endpoint.kit.ts";
import { stores } from "./http.kit.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const Hook = contract("hook", { casts: { done: z.looseObject({ task: z.string(), state: z.string() }) } });

const worker = agent("worker", {
  retry: { retries: 0 },
  on: {
    task: (how) => {
      if (how === "fail") throw new Error("no ink");
      return { said: how };
    },
  },
});

/** A task, whose end is told. */
function run(system: System, how: string, to: typeof Hook | "hook" = "hook") {
  return system.task("worker", "run", how, { key: `key-${how}`, onDone: [to, "done"] });
}

for (const [name, on] of Object.entries(stores))
  describe(`a webhook over ${name}`, () => {
    function hookAt(url: string, options: Partial<WebhookOptions> = {}) {
      const clock = testClock();
      return {
        clock,
        hook: webhook("hook", { url, secret: SECRET, allow: ["127.0.0.1"], clock, ...options }),
      };
    }

    /** True where the time, which is the link's own, is now. */
    function isSigned({ headers, body }: Received, clock: ReturnType<typeof testClock>): Promise<boolean> {
      return verifyWebhook(headers, body, SECRET, { clock });
    }

    test("tells the end of a task, signed [75] [C18]", async () => {
      await using server = await endpoint();
      const { hook, clock } = hookAt(server.url);
      await using stage = await on({ agents: [worker, hook] });
      const done = await run(stage.system, "tide");
      const request = await server.received(1);
      const failed = await run(stage.system, "fail");
      const next = await server.received(2);
      const { type, timestamp, data } = JSON.parse(request.body);
      assert.deepEqual(
        [type, data],
        [
          "task.done",
          {
            task: done.id,
            agent: "worker",
            operation: "run",
            key: "key-tide",
            state: "done",
            result: { said: "tide" },
          },
        ],
      );
      assert.equal(new Date(timestamp).toISOString(), timestamp);
      const told = JSON.parse(next.body);
      assert.deepEqual(
        [told.type, told.data.task, told.data.error.code],
        ["task.failed", failed.id, "HERMOD_FAILED"],
      );
      assert.equal(await isSigned(request, clock), true);
      assert.equal(await isSigned({ ...request, body: request.body.replace("tide", "ebb") }, clock), false);
      assert.notEqual(request.headers["webhook-id"], next.headers["webhook-id"]);
    });

    test("takes a contract of casts", async () => {
      await using server = await endpoint();
      const hook = webhook(Hook, { url: server.url, allow: ["127.0.0.1"] });
      await using stage = await on({ agents: [worker, hook] });
      const task = await run(stage.system, "tide", Hook);
      const { body, headers } = await server.received(1);
      assert.equal(JSON.parse(body).data.task, task.id);
      assert.equal(headers["webhook-signature"], undefined);
    });

    test("tells it again until it is heard, with the same id and body and a new time [(32)]", async () => {
      await using server = await endpoint();
      server.next(says({}, 500), hangsUp, silent);
      const retry = { retries: 3, base: "1s", factor: 1, jitter: "none" } as const;
      const { hook, clock } = hookAt(server.url, { retry });
      await using stage = await on({ agents: [worker, hook] });
      await run(stage.system, "tide");
      for (const attempt of [1, 2, 3]) {
        const request = await server.received(attempt);
        assert.equal(await isSigned(request, clock), true);
        if (attempt === 3) await clock.advance("10s");
        await stage.spy.seen(
          "delivery.settled",
          (report) => report.agent === "hook" && report.attempt === attempt,
        );
        await clock.advance("1s");
        await stage.clock.advance("1s");
      }
      const heard = await server.received(4);
      assert.equal(await heard.closed, "answered");
      const ids = server.requests.map(({ headers, body }) =>
        [headers["webhook-id"], headers["idempotency-key"], body].join(),
      );
      assert.equal(new Set(ids).size, 1);
      const times = server.requests.map(({ headers }) => headers["webhook-timestamp"]);
      assert.equal(new Set(times).size, 4);
    });

    test("is not told to a private network, nor to where a redirect leads", async () => {
      await using server = await endpoint();
      server.next(says({}, 307, { location: "/inside" }));
      const { hook } = hookAt(server.url);
      const local = webhook("local", { url: `http://localhost:${server.port}/`, allow: [] });
      await using stage = await on({ agents: [worker, hook, local] });
      await run(stage.system, "tide");
      await stage.system.task("worker", "run", "tide", { onDone: ["local", "done"] });
      for (const agent of ["hook", "local"])
        await stage.spy.seen("delivery.settled", (report) => report.agent === agent);
      const letters = await lettersOf(stage.system);
      const codes = letters.map(({ mailbox, attempts }) => [mailbox, only(attempts).error?.code]);
      assert.deepEqual(Object.fromEntries(codes), {
        hook: "HERMOD_HTTP_STATUS",
        local: "HERMOD_HTTP_BLOCKED",
      });
      assert.equal(server.requests.length, 1);
    });

    test("a URL that is a secret is shown by its origin", async () => {
      await using server = await endpoint();
      server.next((response, { path }) => response.writeHead(404).end(`nothing at ${path}`));
      const { hook } = hookAt(`${server.url}services/T0/hidden-path?key=hidden`);
      await using stage = await on({ agents: [worker, hook] });
      await run(stage.system, "tide");
      await stage.spy.seen("delivery.settled", (report) => report.agent === "hook");
      const letter = only(await lettersOf(stage.system));
      assert.ok(!JSON.stringify([letter, stage.spy.all]).includes("hidden"));
      assert.equal(only(letter.attempts).error?.details?.["url"], server.url.slice(0, -1));
    });

    test("so is what the endpoint repeats of its parts", async () => {
      await using server = await endpoint();
      const body = "no hidden-path for T0123, nor the key hidden+key or hidden%2Bkey";
      server.next((response) => response.writeHead(404).end(body));
      const url = `${server.url}services/T0123/hidden-path?key=hidden%2Bkey`;
      const { hook } = hookAt(url, { quoteRefusals: true });
      await using stage = await on({ agents: [worker, hook] });
      await run(stage.system, "tide");
      await stage.spy.seen("delivery.settled", (report) => report.agent === "hook");
      const { details } = only(only(await lettersOf(stage.system)).attempts).error ?? {};
      assert.equal(details?.["body"], "no … for …, nor the key … or …");
    });

    test("what a refusal says is kept nowhere, but for its status and its type", async () => {
      await using server = await endpoint();
      server.next(sends("text/plain; for=somebody", "what stands in the cellar", 404));
      const { hook } = hookAt(server.url);
      await using stage = await on({ agents: [worker, hook] });
      await run(stage.system, "tide");
      await stage.spy.seen("delivery.settled", (report) => report.agent === "hook");
      const letter = only(await lettersOf(stage.system));
      assert.ok(!JSON.stringify([letter, stage.spy.all]).includes("cellar"));
      const { url: _url, ...details } = only(letter.attempts).error?.details ?? {};
      assert.deepEqual(details, { status: 404, contentType: "text/plain; for=somebody" });
    });
  });
