/** Schedules: what is sent again and again comes at its times, once each, whatever the clock does and whoever is away. */
import assert from "node:assert/strict";
import { HermodError, agent, contract, type Envelope, type Recurrence, type ScheduleOptions } from "hermod";
import type { TestSystem } from "hermod/testing";
import * as z from "zod";
import { caught, lettersOf, only, saidIn, testOn, type On } from "./stage.ts";

const Poller = contract("poller", { casts: { poll: z.object({ what: z.string() }), stop: z.null() } });
const mail = { what: "mail" };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A poller that keeps what it got. */
function poller(heard: Envelope[]) {
  const keep = (_: unknown, { envelope }: { envelope: Envelope }): void => void heard.push(envelope);
  return agent(Poller, { on: { poll: keep, stop: keep } });
}

/** When the messages were due, in UTC. */
function duesOf(heard: readonly Envelope[]): unknown[] {
  return heard.map(({ metadata }) => metadata["due"]);
}

/** As an operator or a time server sets the clock: to a time that was not lived through. */
async function setTo(stage: TestSystem, time: string): Promise<void> {
  stage.clock.jump(Date.parse(time) - stage.clock.now());
  await stage.clock.settle();
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function scheduleSuite(name: string, on: On): void {
  const test = testOn(name, on);
  test(`${name}: an interval sends its message each time, the first one interval from now`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    const begun = clock.now();
    const schedule = await system.schedule("mail", { every: "5m" }, Poller, "poll", mail);
    assert.deepEqual([schedule.name, await schedule.next()], ["mail", begun + 5 * MINUTE]);
    await clock.advance(5 * MINUTE - 1);
    assert.equal(heard.length, 0);
    await clock.advance(10 * MINUTE + 1);
    assert.deepEqual(
      duesOf(heard),
      [1, 2, 3].map((n) => iso(begun + n * 5 * MINUTE)),
    );
    assert.deepEqual(
      heard.map(({ payload, sentAt }) => [payload, sentAt]),
      [1, 2, 3].map((n) => [mail, begun + n * 5 * MINUTE]),
    );
    assert.equal(await schedule.next(), begun + 20 * MINUTE);
  });

  test(`${name}: each message of a schedule has its key, begins a conversation of its own, and no hops grow`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const options: ScheduleOptions = {
      priority: "high",
      metadata: { team: "a" },
      orderKey: "m",
      timeout: "9s",
    };
    await stage.system.schedule("mail", { every: "1h" }, Poller, "poll", mail, options);
    await stage.clock.advance("50h");
    assert.equal(heard.length, 50);
    assert.equal(new Set(heard.map(({ conversationId }) => conversationId)).size, 50);
    for (const {
      hops,
      waits,
      from,
      metadata,
      idempotencyKey,
      orderKey,
      priority,
      deadline,
      sentAt,
    } of heard) {
      assert.deepEqual([hops, waits, from, orderKey, priority], [[], 0, "~schedules#mail", "m", 3]);
      assert.deepEqual(metadata, { team: "a", schedule: "mail", due: iso(sentAt) });
      assert.deepEqual([idempotencyKey, deadline], [`schedule mail ${iso(sentAt)}`, sentAt + 9000]);
    }
    const ticks = await stage.system.history({ where: "operation:tick", limit: 1000 });
    assert.ok(ticks.items.every(({ envelope }) => envelope.hops.length === 0));
    assert.equal(new Set(ticks.items.map(({ envelope }) => envelope.conversationId)).size, 51);
  });

  test(`${name}: a cron pattern sends at its times in its zone`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    // A Thursday in winter; 2026-01-01 is the clock's first day.
    await system.schedule("paris", { cron: "0 9 * * 1-5", zone: "Europe/Paris" }, Poller, "poll", mail);
    await system.schedule("utc", { cron: "0 9 * * 1-5" }, Poller, "poll", mail);
    await clock.advance("5d");
    const days = ["2026-01-01", "2026-01-02", "2026-01-05"];
    assert.deepEqual(
      duesOf(heard),
      days.flatMap((day) => [`${day}T08:00:00.000Z`, `${day}T09:00:00.000Z`]),
    );
  });

  test(`${name}: on the day that lacks an hour a time in it comes right after, and what goes by steps skips it`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    await setTo(stage, "2026-03-28T22:59:00Z");
    const zone = "Europe/Paris";
    await system.schedule("fixed", { cron: "30 2 * * *", zone }, Poller, "poll", mail);
    await system.schedule("steps", { cron: "*/30 2 * * *", zone }, Poller, "poll", mail);
    await clock.advance("1d");
    assert.deepEqual(duesOf(heard), ["2026-03-29T01:00:00.000Z"], "03:00 summer time, once");
    await clock.advance("1d");
    assert.deepEqual(
      heard.slice(1).map(({ metadata }) => `${String(metadata["schedule"])} ${String(metadata["due"])}`),
      ["steps 2026-03-30T00:00:00.000Z", "fixed 2026-03-30T00:30:00.000Z", "steps 2026-03-30T00:30:00.000Z"],
    );
  });

  test(`${name}: on the day that has an hour twice a time in it comes once, and what goes by steps goes on`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    await setTo(stage, "2026-10-24T22:59:00Z");
    const zone = "Europe/Paris";
    await system.schedule("fixed", { cron: "30 2 * * *", zone }, Poller, "poll", mail);
    await clock.advance("23h");
    assert.deepEqual(duesOf(heard), ["2026-10-25T00:30:00.000Z"], "the first of the two");
    await system.unschedule("fixed");
    heard.length = 0;
    await setTo(stage, "2027-10-30T23:59:00Z");
    await system.schedule("steps", { cron: "*/30 * * * *", zone }, Poller, "poll", mail);
    await clock.advance("2h");
    assert.deepEqual(
      duesOf(heard).map((due) => String(due).slice(11, 16)),
      ["00:00", "00:30", "01:00", "01:30"],
    );
  });

  test(`${name}: sixty days are sixty days, again and again`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    const begun = clock.now();
    await system.schedule("renew", { every: "60d" }, Poller, "poll", mail);
    await clock.advance("119d");
    assert.deepEqual(duesOf(heard), [iso(begun + 60 * DAY)]);
    await clock.advance("1d");
    assert.equal(heard.length, 2);
  });

  test(`${name}: the same schedule again changes nothing, another one takes its place, and the old time is void`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    const begun = clock.now();
    const first = await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    await clock.advance("50m");
    const again = await system.schedule("mail", { every: 3_600_000, misfire: "once" }, Poller, "poll", mail);
    assert.deepEqual([await first.next(), await again.next()], [begun + HOUR, begun + HOUR]);
    const other = await system.schedule("mail", { every: "1h" }, Poller, "poll", { what: "post" });
    assert.deepEqual([await first.next(), await other.next()], [undefined, begun + HOUR + 50 * MINUTE]);
    await clock.advance("61m");
    assert.deepEqual(
      heard.map(({ payload }) => payload),
      [{ what: "post" }],
    );
    assert.equal(await first.cancel(), false, "it is another's now");
    assert.equal(await other.cancel(), true);
    assert.deepEqual([await other.cancel(), await other.next()], [false, undefined]);
    await clock.advance("5h");
    assert.equal(heard.length, 1);
  });

  test(`${name}: schedules are listed by name, with what goes on, and taken away by name`, async () => {
    await using stage = await on({ agents: [poller([])] });
    const { system, clock } = stage;
    assert.deepEqual(await system.schedules(), []);
    assert.equal(await system.unschedule("mail"), false);
    const now = clock.now();
    await system.schedule("b/c@d", { every: "1h", times: 2 }, "poller", "poll", mail);
    await system.schedule("a", { cron: " 0 9 * * * ", until: new Date(now + 2 * DAY) }, Poller, "poll", mail);
    const to = "poller";
    const when = { cron: "0 9 * * *", zone: "UTC", until: now + 2 * DAY, misfire: "once" };
    assert.deepEqual(await system.schedules(), [
      { name: "a", when, to, operation: "poll", next: now + 9 * HOUR },
      {
        name: "b/c@d",
        when: { every: HOUR, times: 2, misfire: "once" },
        to,
        operation: "poll",
        next: now + HOUR,
      },
    ]);
    assert.equal(await system.unschedule("a"), true);
    assert.equal(await system.unschedule("a"), false);
    assert.deepEqual(
      (await system.schedules()).map((each) => each.name),
      ["b/c@d"],
    );
    await clock.advance("2h");
    assert.deepEqual(await system.schedules(), [], "it is over");
  });

  test(`${name}: one that was taken away and is set again begins anew`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    await clock.advance("30m");
    await system.unschedule("mail");
    const again = await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    assert.equal(await again.next(), clock.now() + HOUR);
    await clock.advance("59m");
    assert.equal(heard.length, 0);
    await clock.advance("1m");
    assert.equal(heard.length, 1);
  });

  test(`${name}: from, until and times bound it, and what is over stays over when it is set again`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    const now = clock.now();
    const bounded: Recurrence = { every: "10m", from: new Date(now + HOUR), until: now + HOUR + 20 * MINUTE };
    const until = await system.schedule("until", bounded, Poller, "poll", mail);
    assert.equal(await until.next(), now + HOUR);
    const times = await system.schedule("times", { every: "30m", times: 2 }, Poller, "poll", mail);
    await clock.advance("3h");
    const sent = heard.map(
      ({ metadata, sentAt }) => `${String(metadata["schedule"])} ${(sentAt - now) / MINUTE}`,
    );
    assert.deepEqual(sent.toSorted(), ["times 30", "times 60", "until 60", "until 70", "until 80"]);
    assert.deepEqual([await until.next(), await times.next()], [undefined, undefined]);
    await system.schedule("times", { every: "30m", times: 2 }, Poller, "poll", mail);
    await clock.advance("3h");
    assert.equal(heard.length, 5);
    await system.schedule("past", { every: "30m", from: now }, Poller, "poll", mail);
    await clock.settle();
    assert.equal(
      heard.length,
      6,
      "an interval keeps its rhythm from the past on, and now is one of its times",
    );
    assert.equal(only(await system.schedules()).next, clock.now() + 30 * MINUTE);
  });

  for (const [misfire, expected] of [
    ["once", ["01:00", "06:00"]],
    ["skip", ["06:00"]],
    ["all", ["01:00", "02:00", "03:00", "04:00", "05:00", "06:00"]],
  ] as const)
    test(`${name}: times that a sleeping machine missed: "${misfire}"`, async () => {
      const heard: Envelope[] = [];
      await using stage = await on({ agents: [poller(heard)] });
      const { system, clock } = stage;
      await system.schedule("mail", { every: "1h", misfire }, Poller, "poll", mail);
      clock.jump(5 * HOUR + 2 * MINUTE);
      await clock.advance("1m");
      assert.equal(heard.length, expected.length - 1);
      await clock.advance("1h");
      assert.deepEqual(
        duesOf(heard).map((due) => String(due).slice(11, 16)),
        expected,
      );
    });

  test(`${name}: a clock that is set forward is noticed within a minute`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "60d" }, Poller, "poll", mail);
    await clock.advance("30s");
    clock.jump(60 * DAY);
    await clock.advance("1m");
    assert.equal(heard.length, 1);
  });

  test(`${name}: a clock that is set back repeats nothing, and the next time keeps its time`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    const begun = clock.now();
    await system.schedule("mail", { every: "1h", misfire: "all" }, Poller, "poll", mail);
    await clock.advance("150m");
    clock.jump(-2 * HOUR);
    await clock.advance("149m");
    assert.equal(heard.length, 2);
    await clock.advance("1m");
    assert.deepEqual(
      duesOf(heard),
      [1, 2, 3].map((n) => iso(begun + n * HOUR)),
    );
  });

  test(`${name}: a schedule for nobody is refused at once; one that loses its recipient goes on, its messages dead letters`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({});
    const { system, clock } = stage;
    const error = await caught(system.schedule("mail", { every: "1h" }, "poler", "poll", mail));
    assert.equal(error.code, "HERMOD_NO_AGENT");
    const running = await system.spawn(poller(heard));
    await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    await clock.advance("1h");
    await running.stop();
    await clock.advance("2h");
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason, envelope }) => [reason, envelope.operation]),
      [
        ["no-recipient", "poll"],
        ["no-recipient", "poll"],
      ],
    );
    await system.spawn(poller(heard));
    await clock.advance("1h");
    assert.equal(heard.length, 2);
  });

  test(`${name}: with hold the messages wait for a recipient that is not there yet`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({});
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1h" }, Poller, "poll", mail, { hold: true });
    await clock.advance("2h");
    await system.spawn(poller(heard));
    await clock.settle();
    assert.equal(heard.length, 2);
  });

  test(`${name}: a name and a time are one message: what was sent for them already is not sent with other content`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    await clock.advance("1h");
    clock.jump(-HOUR);
    await system.schedule("mail", { every: "1h" }, Poller, "poll", { what: "post" });
    await clock.advance("2h");
    assert.deepEqual(
      heard.map(({ payload, sentAt }) => [payload, iso(sentAt).slice(11, 16)]),
      [
        [mail, "01:00"],
        [{ what: "post" }, "02:00"],
      ],
    );
    assert.deepEqual(
      stage.spy.of("message.refused").map(({ code }) => code),
      ["HERMOD_CONFLICT"],
    );
    assert.equal((await lettersOf(system)).length, 0);
  });

  test(`${name}: a full mailbox loses one message and not the schedule`, async () => {
    const small = agent(Poller, {
      capacity: 1,
      on: { poll: () => new Promise(() => undefined), stop: () => 0 },
    });
    await using stage = await on({ agents: [small] });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1s" }, Poller, "poll", mail);
    await clock.advance("4s");
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason }) => reason),
      ["overflow", "overflow"],
    );
    assert.equal((await system.schedules()).length, 1);
  });

  test(`${name}: interceptors see what a schedule sends, and nothing of how it keeps time; what they refuse is left out`, async () => {
    const heard: Envelope[] = [];
    const seen: string[] = [];
    const outgoing = ({ operation }: Envelope): void => {
      seen.push(operation);
      if (seen.length === 2) throw new Error("not now");
    };
    const incoming = (envelope: Envelope, next: () => Promise<unknown>): Promise<unknown> => {
      seen.push(`in ${envelope.operation}`);
      return next();
    };
    const watch = { name: "watch", outgoing, incoming };
    await using stage = await on({ agents: [poller(heard)], interceptors: [watch] });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1h", times: 3 }, Poller, "poll", mail);
    await clock.advance("1h");
    seen.splice(1);
    await clock.advance("5h");
    await system.unschedule("mail");
    assert.deepEqual([seen, heard.length], [["poll", "poll", "poll", "in poll"], 2]);
  });

  test(`${name}: what keeps the schedules is not shown among the agents, and an end does not wait for the next time`, async () => {
    const told: string[] = [];
    const own = { route: () => [], register: (address: string) => void told.push(address) };
    await using stage = await on({ agents: [poller([])], router: own });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    await clock.settle();
    assert.deepEqual([system.agents(), told], [["poller"], ["poller"]]);
    assert.deepEqual(
      system.tree().map((each) => each.name),
      ["poller"],
    );
    const { mailboxes, delivery, router } = await system.stats();
    assert.deepEqual(
      [mailboxes.map(({ mailbox }) => mailbox), delivery.pending, router.routes],
      [["poller"], 0, 1],
    );
    const drained = system.drain({ waiting: true });
    await clock.advance(0);
    await drained;
    const error = await caught(system.schedule("more", { every: "1h" }, Poller, "poll", mail));
    assert.equal(error.code, "HERMOD_CLOSED");
  });

  test(`${name}: a thousand missed times are sent one by one, and no more`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    await system.schedule("mail", { every: "1s", misfire: "all" }, Poller, "poll", mail);
    const begun = clock.now();
    clock.jump(2_000_000);
    await clock.advance("2s");
    const dues = duesOf(heard);
    assert.deepEqual(
      dues.slice(0, 1000),
      Array.from({ length: 1000 }, (_, at) => iso(begun + (at + 1) * 1000)),
    );
    const later = dues.slice(1000);
    assert.ok(later.length <= 2 && later.every((due) => String(due) > iso(begun + 2_000_000)), String(later));
    assert.equal(later.at(-1), iso(clock.now()), "and it goes on in time");
  });

  test(`${name}: a stranger's message to a schedule does not move it`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [poller(heard)] });
    const { system, clock } = stage;
    const schedule = await system.schedule("mail", { every: "1h" }, Poller, "poll", mail);
    const next = (await schedule.next()) as number;
    for (const payload of [{ generation: 1, due: next - 1 }, { generation: 9, due: next }, null, "tick"])
      await system.cast("~schedules#mail", "tick", payload);
    await system.cast("~schedules#mail", "set", {});
    await clock.settle();
    assert.deepEqual([heard.length, await schedule.next()], [0, next]);
  });

  test(`${name}: what is no schedule is refused by name, with the rule`, async () => {
    await using stage = await on({ agents: [poller([])] });
    const { system } = stage;
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{}, /every.*cron/],
      [{ every: "1m", cron: "* * * * *" }, /every.*cron/],
      [{ every: "1m", zone: "UTC" }, /zone/],
      ...[0, -1, 999, Number.NaN, Infinity, -Infinity, "soon", "0.5s", null, {}].map(
        (every) => [{ every }, /every/] as const,
      ),
      ...["", "x", "* * * *", "* * * * * *", "0 0 * * * 2027", "61 * * * *", "0 24 * * *", "0 0 32 * *"].map(
        (cron) => [{ cron }, /cron/] as const,
      ),
      ...[
        "0 0 * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "0 0 * * FOO",
        "@reboot",
        "@never",
        "-1 * * * *",
      ].map((cron) => [{ cron }, /cron/] as const),
      ...["2027-01-01T00:00:00", "0 0 30 2 *", "0 0 31 4,6 *", "* ".repeat(200), 7, null, {}].map(
        (cron) => [{ cron }, /cron/] as const,
      ),
      ...["Nowhere", "Mars/Olympus", "", 7, null].map(
        (zone) => [{ cron: "* * * * *", zone }, /zone/] as const,
      ),
      ...["tomorrow", -1, new Date(Number.NaN)].flatMap(
        (time) =>
          [
            [{ every: "1m", from: time }, /from/],
            [{ every: "1m", until: time }, /until/],
          ] as const,
      ),
      [{ every: "1m", from: 2000, until: 1000 }, /until.*from/],
      ...[0, -1, 1.5, Infinity, "2"].map((times) => [{ every: "1m", times }, /times/] as const),
      [{ every: "1m", misfire: "maybe" }, /misfire/],
      [{ every: "1m", evry: 1 }, /evry/],
      [null as never, /schedule/],
      [[] as never, /schedule/],
    ];
    for (const [when, rule] of wrong) {
      const error = await caught(system.schedule("mail", when as Recurrence, Poller, "poll", mail));
      assert.equal(error.code, "HERMOD_BAD_OPTION", JSON.stringify(when));
      assert.match(error.message, rule, JSON.stringify(when));
    }
    for (const bad of ["", " ", "a b", "a#b", "~a", "x".repeat(200), 7, null] as string[]) {
      const error = await caught(system.schedule(bad, { every: "1m" }, Poller, "poll", mail));
      assert.equal(error.code, "HERMOD_BAD_OPTION", bad);
      assert.equal((await caught(system.unschedule(bad))).code, "HERMOD_BAD_OPTION");
    }
    for (const options of [
      { key: "k" },
      { delay: "1s" },
      { at: 0 },
      { conversation: "c" },
      { hold: 1 },
      null,
    ]) {
      const given = options as ScheduleOptions;
      const error = await caught(system.schedule("mail", { every: "1m" }, Poller, "poll", mail, given));
      assert.equal(error.code, "HERMOD_BAD_OPTION", JSON.stringify(options));
    }
    assert.deepEqual(await system.schedules(), []);
  });

  test(`${name}: what the contract does not take, and what is too large to keep, is refused when it is set`, async () => {
    await using stage = await on({ agents: [poller([])] });
    const { system } = stage;
    const every: Recurrence = { every: "1m" };
    const code = async (setting: Promise<unknown>): Promise<string> => (await caught(setting)).code;
    // @ts-expect-error the compiler knows what the contract takes
    assert.equal(await code(system.schedule("a", every, Poller, "poll", { what: 7 })), "HERMOD_BAD_PAYLOAD");
    // @ts-expect-error and which operations it has
    assert.equal(await code(system.schedule("a", every, Poller, "pole", mail)), "HERMOD_NO_OPERATION");
    const large = { what: "x".repeat(200_001) };
    assert.equal(await code(system.schedule("a", every, Poller, "poll", large)), "HERMOD_TOO_LARGE");
    const metadata = { note: "x".repeat(17_000) };
    assert.equal(
      await code(system.schedule("a", every, Poller, "poll", mail, { metadata })),
      "HERMOD_TOO_LARGE",
    );
    const most = { what: "x".repeat(199_000) };
    await system.schedule("a", every, Poller, "poll", most, { metadata: { note: "x".repeat(16_000) } });
    assert.equal((await system.schedules()).length, 1);
    assert.equal((await saidIn(system, "to:poller")).length, 0);
  });

  test(`${name}: an unused system keeps no schedules`, async () => {
    await using stage = await on({ agents: [poller([])] });
    const { system } = stage;
    await stage.clock.settle();
    assert.deepEqual(await system.schedules(), []);
    assert.equal(await system.unschedule("none"), false);
    assert.equal(stage.spy.of("agent.started").length, 1);
    assert.ok(!((await caught(system.cast("~schedules#a", "tick", {}))) instanceof TypeError));
    assert.ok((await caught(system.cast("~schedules", "tick", {}))) instanceof HermodError);
  });
}
