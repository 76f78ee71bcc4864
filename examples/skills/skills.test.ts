/** The graph of skills, the router over it, and the story as a user runs it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fromMap, type Address, type Envelope } from "hermod";
import { SkillGraph } from "./graph.ts";
import { SkillRouter } from "./router.ts";
import { sea, story } from "./sea.ts";

function message(fields: Readonly<Record<string, unknown>>): Envelope {
  return fromMap({ id: "m1", from: "captain", type: "task", ...fields });
}

describe("the graph", () => {
  test("names those who can do a skill, nearest first: itself, then what it is a kind of", () => {
    assert.deepEqual(sea.agentsFor(["tides"]), ["pilot", "diver", "professor"]);
    assert.deepEqual(sea.agentsFor(["oceanography"]), ["diver", "professor"]);
    assert.deepEqual(sea.agentsFor(["science"]), ["professor"]);
  });
  test("lets those do a skill who can do all that it needs", () => {
    const skills = { a: {}, b: {}, c: { needs: ["a", "b"] } };
    const graph = new SkillGraph(skills, { half: ["a"], both: ["a", "b"], whole: ["c"] });
    assert.deepEqual(graph.agentsFor(["c"]), ["whole", "both"]);
  });
  test("takes the shorter of two ways", () => {
    const skills = {
      far: {},
      mid: { kindOf: ["far"] },
      near: { kindOf: ["mid", "far"] },
      other: { kindOf: ["mid"] },
    };
    const graph = new SkillGraph(skills, { first: ["mid"], second: ["far"], third: ["near"] });
    assert.deepEqual(graph.agentsFor(["near"]), ["third", "first", "second"]);
    assert.deepEqual(graph.agentsFor(["other"]), ["first", "second"]);
  });
  test("asks for all skills of several, judged by the farthest", () => {
    assert.deepEqual(sea.agentsFor(["tides", "weather"]), ["pilot", "professor"]);
    assert.deepEqual(sea.agentsFor(["tides", "cooking"]), []);
  });
  test("knows nobody for a skill that nobody has, that is unknown, or for none", () => {
    for (const skills of [["cooking"], ["flying"], []]) assert.deepEqual(sea.agentsFor(skills), []);
  });
  test("comes to an end in a circle", () => {
    const skills = { a: { kindOf: ["b"] }, b: { kindOf: ["a"], needs: ["c"] }, c: { needs: ["b"] }, d: {} };
    const graph = new SkillGraph(skills, { one: ["d"], two: ["c"] });
    assert.deepEqual(graph.agentsFor(["a"]), ["two"]);
  });
  test("finds skills in a text by their names and words, whole words only", () => {
    assert.deepEqual(sea.skillsIn("Will the EBB help, or the wind?"), ["tides", "weather"]);
    assert.deepEqual(sea.skillsIn("seaside stormy, constructor"), []);
  });
  test("refuses edges and agents that name an unknown skill", () => {
    assert.throws(() => new SkillGraph({ a: { kindOf: ["b"] } }, {}), /a names the unknown skill "b"/);
    assert.throws(() => new SkillGraph({ a: { needs: ["b"] } }, {}), /unknown skill "b"/);
    assert.throws(() => new SkillGraph({ a: {} }, { one: ["b"] }), /one names the unknown skill "b"/);
  });
});

describe("the router", () => {
  const router = new SkillRouter(sea);
  for (const name of ["professor", "pilot", "diver"]) router.register(name as Address);

  test("goes by metadata.skill first, then by the words of the text", () => {
    assert.deepEqual(router.route(message({ payload: "storm", metadata: { skill: "oceanography" } })), [
      "diver",
      "professor",
    ]);
    assert.deepEqual(router.route(message({ payload: "sail with the wind" })), ["pilot", "professor"]);
    assert.deepEqual(router.route(message({ payload: { text: "wind" } })), []);
    assert.deepEqual(router.route(message({ payload: "soup" })), []);
  });
  test("sends each message of the story where the story says", () => {
    for (const [fields, wanted] of story) assert.deepEqual(router.route(message(fields)), wanted);
  });
  test("leaves out who does not run", () => {
    const asked = message({ metadata: { skill: "tides" } });
    router.unregister("pilot" as Address);
    assert.deepEqual(router.route(asked), ["diver", "professor"]);
    router.register("pilot" as Address);
    assert.deepEqual(router.route(asked), ["pilot", "diver", "professor"]);
  });
});

function run(folder: string) {
  const { NODE_TEST_CONTEXT: _outer, FORCE_COLOR: _forced, ...env } = process.env;
  return spawnSync(process.execPath, [join(folder, "main.ts")], { env, encoding: "utf8" });
}

describe("the story", () => {
  test("sends each message where the graph says, and tells so", () => {
    const { status, stdout, stderr } = run(import.meta.dirname);
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "✔ when is high water? → pilot, diver, professor",
      "✔ which harbour can we sail to? → pilot, professor",
      "✔ how deep is the sea, and is there a storm? → professor",
      "✔ who makes the soup? → nobody HERMOD_NO_AGENT",
    ]);
    assert.equal(stderr, "");
  });
  test("ends with 1 when a message went elsewhere", () => {
    const out = join(import.meta.dirname, "../../out");
    mkdirSync(out, { recursive: true });
    const copy = mkdtempSync(join(out, "skills-"));
    try {
      cpSync(import.meta.dirname, copy, { recursive: true });
      const story = join(copy, "sea.ts");
      writeFileSync(story, readFileSync(story, "utf8").replace('["pilot", "professor"]]', '["pilot"]]'));
      const { status, stdout } = run(copy);
      assert.equal(status, 1);
      assert.match(stdout, /✖ which harbour can we sail to\? → pilot, professor/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
