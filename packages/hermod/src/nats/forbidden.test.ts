/** What a user of the server may not do is told by name: when the store is opened, or as a report where it shows only later. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import { createEnv } from "../testing/store/env.ts";
import { nats } from "./nats.ts";
import { openings } from "./openings.test.kit.ts";
import { missing, Server } from "./server.test.kit.ts";

const denied: readonly (readonly [verb: "publish" | "subscribe", subject: string])[] = [
  ["publish", "$JS.API.INFO"],
  ["publish", "$JS.API.STREAM.INFO.N_journal_0"],
  ["publish", "$JS.API.STREAM.CREATE.N_journal_0"],
  ["publish", "$JS.API.STREAM.CREATE.KV_N_owners"],
  ["publish", "$JS.API.CONSUMER.CREATE.N_journal_0.>"],
  ["publish", "$JS.API.CONSUMER.CREATE.KV_N_owners.>"],
  ["publish", "$JS.API.CONSUMER.MSG.>"],
  ["publish", "$KV.N_owners.>"],
  ["publish", "N.journal.>"],
  ["subscribe", "N.door.>"],
  ["subscribe", "_INBOX_N.>"],
];
const skip = missing === undefined ? false : `SKIPPED: ${missing}`;

/** Each user has a namespace of its name. */
const within = (name: string, subject: string): string =>
  subject.replace(/\bN(?=[._])|(?<=_)N(?=[._])/, name);
const line = (name: string, verb: string, subject: string): string =>
  `{ user: ${name}, password: b, permissions: { ${verb}: { deny: ["${within(name, subject)}"] } } }`;

async function started(users: readonly string[]): Promise<Server> {
  return Server.start({ config: `authorization { users: [ ${users.join(", ")} ] }` });
}

test("what a store needs and may not do is told when it is opened", { skip, timeout: 60_000 }, async (t) => {
  const server = await started(denied.map(([verb, subject], at) => line(`u${at}`, verb, subject)));
  t.after(() => server.close());
  const terms = { servers: server.url, pass: "b", timeout: "10s" } as const;
  const list = denied.map((_, at) => ({ ...terms, user: `u${at}`, namespace: `u${at}` }));
  const found = await openings(list, t.signal);
  for (const [at, [verb, subject]] of denied.entries()) {
    const { code, message, hint } = found[at] ?? { code: "", message: "", hint: "" };
    assert.equal(code, "HERMOD_FORBIDDEN", `${verb} ${subject}: ${message}`);
    const named = within(`u${at}`, subject).replace(">", "");
    assert.ok(message.includes(`to ${verb} to "${named}`), message);
    assert.match(hint, /subjects/);
  }
});

test(
  "an owner that may not speak to those whom it serves reports it",
  { skip, timeout: 60_000 },
  async (t) => {
    const server = await started([line("mute", "publish", "N.down.>"), "{ user: free, password: b }"]);
    t.after(() => server.close());
    // Past the server it could be heard.
    const terms = { servers: server.url, namespace: "mute", pass: "b", direct: false };
    const told = Promise.withResolvers<HermodError>();
    const { env } = createEnv(systemClock as never);
    const reports: typeof env.reports = {
      active: true,
      emit: (report) => void (report.type === "store.failed" && told.resolve(report.error as HermodError)),
    };
    const owner = await nats({ ...terms, user: "mute" })({ ...env, reports });
    const served = nats({ ...terms, user: "free", timeout: "1s" })(env);
    const unreachable = assert.rejects(async () => served, { code: "HERMOD_UNREACHABLE" });
    const { code, message } = await told.promise;
    assert.equal(code, "HERMOD_FORBIDDEN");
    assert.match(message, /publish to "mute\.down\./);
    await unreachable;
    await owner.close();
  },
);
