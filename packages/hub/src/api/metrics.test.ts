/** Metrics: the hub's numbers, with labels of bounded number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MailboxCounts } from "hermod";
import { open } from "./api.test.kit.ts";
import { Metrics, MOST_AGENTS } from "./metrics.ts";

const counts = (mailbox: string, waiting = 1): MailboxCounts =>
  ({ mailbox, served: true, waiting, delayed: 0, running: 0, bytes: 0, received: waiting }) as never;
const hub = { sessions: 0, readers: 0, held: 0, requests: 0 };

test("what waits is shown by agent, and requests by route", async () => {
  await using ground = await open();
  const { client } = ground;
  await client.ask("post /v1/agents/echo/say", { body: 1 });
  await client.ask("get /v1/made-up-by-somebody");
  await client.ask("patch /v1/send");
  const { body, headers } = await client.ask("get /metrics");
  assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(body, /^hermod_mailbox_received\{agent="echo"\} 1$/m);
  assert.match(
    body,
    /^hermod_http_requests_total\{method="POST",route="\/v1\/agents\/:name\/:operation",status="200"\} 1$/m,
  );
  assert.match(body, /^hermod_http_requests_total\{method="other",route="other",status="404"\} 1$/m);
  assert.match(body, /^hermod_hub_sessions 1$/m);
  assert.equal(body.includes("made-up"), false);
  assert.equal(body.includes('agent="~'), false, "no system's own address");
});

test("agents beyond the first two hundred are counted together, and one that is gone is not shown", async () => {
  const metrics = new Metrics();
  const many = Array.from({ length: MOST_AGENTS + 50 }, (_, at) => counts(`a${at}`));
  const text = await metrics.text({ ...hub, mailboxes: many }, 0);
  const labels = new Set([...text.matchAll(/agent="([^"]+)"/g)].map(([, label]) => label));
  assert.equal(labels.size, MOST_AGENTS + 1);
  assert.match(text, /^hermod_mailbox_waiting\{agent="other"\} 50$/m);
  const few = await metrics.text({ ...hub, mailboxes: [counts("other", 3)] }, 0);
  assert.deepEqual(
    [...few.matchAll(/^hermod_mailbox_waiting.*$/gm)].map(([line]) => line),
    ['hermod_mailbox_waiting{agent="other"} 3'],
  );
});

test("a name cannot write lines of its own", async () => {
  const text = await new Metrics().text({ ...hub, mailboxes: [counts('a"\nhermod_forged 1')] }, 0);
  assert.equal(/^hermod_forged/m.test(text), false);
});
