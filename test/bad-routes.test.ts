/** Options of routes, routers, pools and keyed agents that are none: each is refused by name, and nothing is started. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  agent,
  contract,
  pool,
  route,
  start,
  type AgentDefinition,
  type ErrorCode,
  type Route,
} from "hermod";
import { testClock, testSystem } from "hermod/testing";
import * as z from "zod";
import { refusal, wrong } from "./bad-input.kit.ts";

const OPTION: ErrorCode = "HERMOD_BAD_OPTION";
const ADDRESS: ErrorCode = "HERMOD_BAD_ADDRESS";
const critic = agent("critic", { on: {} });

/** Refusals of one option, whose message must name it. */
async function refuses(
  name: string,
  values: Iterable<unknown>,
  doing: (value: never) => unknown,
  ...codes: readonly ErrorCode[]
): Promise<void> {
  for (const value of values) {
    const { message } = await refusal(
      name,
      () => doing(value as never),
      ...(codes.length > 0 ? codes : [OPTION]),
    );
    assert.ok(message.includes(name), `${name}: ${message}`);
  }
}

describe("route", () => {
  test("refuses conditions that are none", async () => {
    await refuses("route", [null, 5, {}, [], true, [null], [[]]], (when) => route(when, "a"));
    for (const when of ["", "type:", "type:tusk", "colour:red", "priority:5", "x".repeat(5000)])
      await refusal(`when ${when.slice(0, 20)}`, () => route(when, "a"));
  });

  test("refuses destinations that are none, systems and topics among them", async () => {
    const names = wrong.name.filter((name) => !Array.isArray(name) && name !== "");
    await refuses("route destination", [...names, "", "a#", "a#b#c"], (to) => route("*", to), ADDRESS);
    await refuses("route destination", [[], ["a", "a b"]], (to) => route("*", to), OPTION, ADDRESS);
  });

  test("refuses filters and transforms that are no functions, and options it has not", async () => {
    await refuses("route filter", wrong.fn, (filter) => route("*", "a", { filter }));
    await refuses("route transform", wrong.fn, (transform) => route("*", "a", { transform }));
    await refuses("route", wrong.options, (options) => route("*", "a", options));
    await refuses("filtre", [{ filtre: () => true }], (options) => route("*", "a", options));
  });

  test("takes instances of a keyed agent, by contract and by name", () => {
    const User = contract("user", { casts: { note: z.string() } });
    assert.deepEqual(route("*", [User.at("ann"), "user#bob"]).to, ["user#ann", "user#bob"]);
  });
});

describe("start", () => {
  test("refuses routes and routers that are none, and starts nothing", async () => {
    const clock = testClock();
    const routes = [null, 5, {}, "type:task", [{}], [null], [{ ...route("*", "a") } as Route]];
    await refuses("routes", routes, (given) => start({ clock, routes: given }));
    const routers = [
      null,
      5,
      {},
      [],
      "a",
      { route: 5 },
      { route: () => [], register: 5 },
      { route: () => [], unregister: null },
    ];
    await refuses("router", routers, (router) => start({ clock, router }));
    assert.equal(clock.waiting, 0);
  });

  test("a test system takes routes and a router too", async () => {
    await refuses("routes", [5], (routes) => testSystem({ routes }));
    await refuses("router", [5], (router) => testSystem({ router }));
  });
});

describe("pool", () => {
  test("refuses what is no agent, other pools among them", async () => {
    await refuses(
      "pool",
      [null, undefined, 5, {}, "critic", pool(critic, { size: 1 })],
      (member: AgentDefinition) => pool(member, { size: 2 }),
    );
  });

  test("refuses sizes, balances and intensities that are none", async () => {
    await refuses("size", [...wrong.whole, undefined, 0, 10_001], (size) => pool(critic, { size }));
    await refuses("balance", [null, 5, "", "roundrobin", "toString", {}], (balance) =>
      pool(critic, { size: 1, balance }),
    );
    const intensities = [null, 5, "3", { restarts: -1 }, { restarts: NaN }, { period: "soon" }, { most: 3 }];
    for (const intensity of intensities)
      await refusal(
        `intensity ${JSON.stringify(intensity)}`,
        () => pool(critic, { size: 1, intensity: intensity as never }),
        OPTION,
      );
    await refuses("pool critic", wrong.options, (options) => pool(critic, options));
    await refuses("sise", [{ sise: 2, size: 2 }], (options) => pool(critic, options));
  });

  test("refuses agents that decide by themselves what runs side by side", async () => {
    const members = [
      agent("critic", { keyed: true, on: {} }),
      agent("critic", { concurrency: { by: "conversation" }, on: {} }),
      agent("critic", { busy: "reject", on: {} }),
      agent("critic", { busy: "interrupt", on: {} }),
      agent("critic", { busy: "steer", on: {} }),
    ];
    await refuses("pool critic", members, (member) => pool(member, { size: 2 }));
    const several = agent("critic", { concurrency: 2, on: {} });
    await refuses("balanced by key", [several], (member) => pool(member, { size: 2, balance: "key" }));
  });
});

describe("keyed", () => {
  test("refuses what is neither true nor options", async () => {
    await refuses("keyed", [null, false, 5, "yes", [], { idle: null }, { ideal: "1m" }], (keyed) =>
      agent("a", { keyed, on: {} }),
    );
    await refuses("keyed.idle", wrong.duration, (idle) => agent("a", { keyed: { idle }, on: {} }));
  });

  test("refuses conversations beside keys, topics, and concurrency that is none", async () => {
    const by = { by: "conversation" } as const;
    await refuses("keyed", [by], (concurrency) => agent("a", { keyed: true, concurrency, on: {} }));
    await refuses("keyed", [["tide"]], (topics) => agent("a", { keyed: true, topics, on: {} }));
    await refuses("concurrency", [...wrong.whole, 0, 100_001], (concurrency) =>
      agent("a", { keyed: true, concurrency, on: {} }),
    );
  });

  test("refuses to be an instance itself", async () => {
    const User = contract("user", { casts: { note: z.string() } });
    await refuses(
      "user#ann",
      ["user#ann", User.at("ann")],
      (target: string) => agent(target, { on: { note: () => 1 } as never }),
      ADDRESS,
    );
  });
});
