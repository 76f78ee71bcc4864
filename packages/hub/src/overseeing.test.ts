/** Overseeing: what each system answers is told, also where one does not answer or cannot do it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError, type System } from "hermod";
import type { Hosting } from "hermod/remote";
import { oversee } from "./overseeing.ts";

type Replies = Readonly<Record<string, unknown>>;

const late = new HermodError("HERMOD_TIMEOUT", "too late");
const own = { agents: [], tree: [] };
const look = { agents: ["echo"], tree: [] };

/** A hub with systems that answer, or fail, as they are told; each serves what is named. */
function behind(
  systems: Readonly<Record<string, { readonly served: readonly string[]; readonly says: Replies }>>,
) {
  const asked: [unknown, unknown][] = [];
  const call = async (to: string, operation: string): Promise<unknown> => {
    const says = to === "~hub" ? { look: own } : systems[to]?.says;
    const answer = says?.[operation];
    if (operation !== "look") asked.push([to, operation]);
    if (answer instanceof Error) throw answer;
    if (operation === "look") return { account: 1, part: 0, parts: 1, text: JSON.stringify(answer) };
    return answer;
  };
  const sessions = Object.entries(systems).map(([address, { served }]) => ({
    client: "worker",
    served: new Set([address, ...served]),
  }));
  return {
    asked,
    system: { address: "~hub", call } as never as System,
    hosting: { sessions } as never as Hosting,
  };
}

const [well, silent, other, stuck] = ["~00000001-a", "~00000002-a", "~00000003-a", "~00000004-a"];
const client = "worker";

test("an act goes to each system that runs the agent; one that serves it and is silent is told as such", async () => {
  const { asked, system, hosting } = behind({
    [well]: { served: ["echo"], says: { look, pause: { idle: true } } },
    [silent]: { served: ["echo"], says: { look: late } },
    [other]: { served: ["critic"], says: { look: late } },
    [stuck]: { served: ["echo"], says: { look, pause: late } },
  });
  assert.deepEqual(await oversee(system, hosting, "echo", "pause"), [
    { system: well, client, answers: true, idle: true },
    { system: stuck, client, answers: false, error: { code: "HERMOD_TIMEOUT", message: "too late" } },
    { system: silent, client, answers: false },
  ]);
  assert.deepEqual(asked, [
    [well, "pause"],
    [stuck, "pause"],
  ]);
  await assert.rejects(oversee(system, hosting, "ecko", "pause"), {
    code: "HERMOD_NO_AGENT",
    message: /Did you mean "echo"/,
  });
});

test("what a system cannot do is told with its code", async () => {
  const failed = new HermodError("HERMOD_FAILED", "its init failed");
  const { system, hosting } = behind({ [well]: { served: ["echo"], says: { look, restart: failed } } });
  assert.deepEqual(await oversee(system, hosting, "echo", "restart"), [
    { system: well, client, answers: true, error: { code: "HERMOD_FAILED", message: "its init failed" } },
  ]);
});
