/** Wrong options of supervisors, children, intensities, upkeep and breakers: refused with a coded error that names them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, pool, supervisor } from "hermod";
import { testSystem } from "hermod/testing";
import { inherited, refuseAll, refusal, show, wrong, type Row } from "./bad-input.kit.ts";

const a = agent("a", { on: {} });
const make = (options: object): unknown => supervisor("crew", { children: [], ...options } as never);
const child = (options: object): unknown => make({ children: [{ child: a, ...options }] });
const upkeep = (options: object): unknown => agent("x", { on: {}, ...options } as never);
const breaker = (options: object): unknown => upkeep({ breaker: options });
const unlessUndefined = (values: readonly unknown[]): unknown[] =>
  values.filter((value) => value !== undefined);

test("options of supervisors and children are refused by name", async () => {
  const words = [null, 5, "", "one_for_one", {}, [], true, ...inherited];
  const rows: Row[] = [
    [
      "name",
      wrong.name.filter((name) => typeof name === "string"),
      (value: never) => supervisor(value, { children: [] }),
      "HERMOD_BAD_ADDRESS",
    ],
    ["supervisor", unlessUndefined(wrong.options), (value: never) => supervisor("crew", value)],
    ["strategy", words, (strategy) => make({ strategy })],
    ["children", [null, undefined, 5, "text", {}, new Set()], (children) => make({ children })],
    [
      "child",
      [null, undefined, 5, "text", [], {}, { restart: "permanent" }],
      (given) => make({ children: [given] }),
    ],
    ["children", [null, 5, "a", {}, { address: "a" }], (given) => child({ child: given })],
    ["restart", words, (restart) => child({ restart })],
    ["timeout", wrong.duration, (timeout) => child({ timeout })],
    ["most", wrong.whole.filter((value) => value !== Infinity), (most) => make({ most })],
    ["intensity", wrong.options, (intensity) => make({ intensity })],
    ["intensity.restarts", [...wrong.whole, 1001], (restarts) => make({ intensity: { restarts } })],
    ["intensity.period", [...wrong.duration, 0], (period) => make({ intensity: { period } })],
    [
      "intensity.restarts",
      [...wrong.whole, 1001],
      (restarts) => pool(a, { size: 1, intensity: { restarts } as never }),
    ],
    ["colour", [1], (colour) => make({ colour })],
    ["colour", [1], (colour) => child({ colour })],
    ["colour", [1], (colour) => make({ intensity: { colour } })],
  ];
  await refuseAll(rows);
});

test("options of upkeep and breakers are refused by name", async () => {
  const rows: Row[] = [
    ["init", wrong.fn, (init) => upkeep({ init })],
    ["health", wrong.options, (health) => upkeep({ health })],
    ["check", [...wrong.fn, undefined], (check) => upkeep({ health: { check } })],
    ["every", wrong.duration, (every) => upkeep({ health: { check: () => 1, every } })],
    ["breaker", [null, 5, "text", false, []], (given) => upkeep({ breaker: given })],
    ["window", [...wrong.duration, 9], (window) => breaker({ window })],
    ["least", [...wrong.whole, 0], (least) => breaker({ least })],
    ["rate", [-1, 0, 1.1, NaN, Infinity, "0.5", null, {}, true, 5n], (rate) => breaker({ rate })],
    ["openFor", [...wrong.duration, 0], (openFor) => breaker({ openFor })],
    ["probes", [...wrong.whole, 0], (probes) => breaker({ probes })],
    ["colour", [1], (colour) => breaker({ colour })],
    ["colour", [1], (colour) => upkeep({ health: { check: () => 1, colour } })],
  ];
  await refuseAll(rows);
});

test("what runs refuses wrong children, names and stops, and nothing of it stays", async () => {
  await using stage = await testSystem({ agents: [a] });
  const { system } = stage;
  const running = await system.spawn(supervisor("crew", { children: [] }));
  for (const given of [undefined, null, 5, "b", {}, { child: 5 }, [a]])
    await refusal(`spawn ${show(given)}`, () => running.spawn(given as never), "HERMOD_BAD_OPTION");
  await refusal("spawn a running one", () => running.spawn(a), "HERMOD_DUPLICATE_AGENT");
  for (const name of [undefined, null, 5, "", "a b", {}])
    await refusal(`remove ${show(name)}`, () => running.remove(name as never), "HERMOD_BAD_ADDRESS");
  await refusal("remove a", () => running.remove("a"), "HERMOD_NO_AGENT");
  for (const timeout of wrong.duration) {
    await refusal("stop", () => running.stop({ timeout } as never), "HERMOD_BAD_OPTION");
    await refusal("remove", () => running.remove("b", { timeout } as never), "HERMOD_BAD_OPTION");
  }
  for (const given of [null, 5, { colour: 1 }])
    await refusal("stop", () => running.stop(given as never), "HERMOD_BAD_OPTION");
  assert.deepEqual(running.status().children, []);
  assert.deepEqual(system.agents(), ["a"]);
  await running.spawn(agent("b", { on: {} }));
  assert.deepEqual(system.agents(), ["a", "b"]);
});
