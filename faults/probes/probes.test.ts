/** The probes find a hole where there is one, and none where there is none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Auth } from "../../packages/hub/src/index.ts";
import { allProbes } from "./all.ts";
import { openGround } from "./ground.ts";
import { probes, tryAll } from "./probe.ts";
import { reportOf } from "./report.ts";

/** Whoever comes in may do everything. */
const careless = (auth: Auth): Auth => ({
  isOpen: false,
  identify: (token) => {
    const known = auth.identify(token);
    return known && { ...known, may: () => true };
  },
  watch: () => () => undefined,
});

/** Everybody comes in, as whoever comes last. */
const blind = (auth: Auth): Auth => {
  let last: ReturnType<Auth["identify"]>;
  return {
    ...auth,
    isOpen: false,
    identify: (token) => (last = auth.identify(token) ?? last),
    watch: () => () => undefined,
  };
};

async function successesOf(groups: readonly number[], plant?: (auth: Auth) => Auth) {
  await using ground = await openGround(plant);
  const chosen = allProbes(ground).filter(
    ({ group, did }) => groups.includes(group) && !did.startsWith("stays after"),
  );
  return reportOf(await tryAll(chosen, ground));
}

test("a hub whose principals may do everything falls to spoofing, reading, tenants and names", async () => {
  const { byGroup } = await successesOf([6, 7, 8, 9, 10, 12], careless);
  for (const group of [6, 7, 8, 9, 10, 12]) assert.ok((byGroup[group]?.succeeded ?? 0) > 0, `group ${group}`);
});

test("a hub that knows everybody falls to wrong tokens", async () => {
  const { byGroup } = await successesOf([1, 31], blind);
  assert.ok((byGroup[1]?.succeeded ?? 0) > 5);
  assert.ok((byGroup[31]?.succeeded ?? 0) > 0);
});

test("the hub as it is falls to none of them", async () => {
  const { total, failures } = await successesOf([1, 6, 7, 8, 9, 10, 12, 16, 29]);
  assert.ok(total > 250);
  assert.deepEqual(failures, []);
});

test("what comes otherwise than expected is a success of the attacker, also where it throws", async () => {
  const rows = probes(1, /^refused$/, [
    ["is refused", async () => "refused"],
    ["is let in", async () => "welcome"],
    ["breaks", () => Promise.reject(new Error("broken"))],
  ]);
  const { total, succeeded } = reportOf(await tryAll(rows, undefined as never));
  assert.deepEqual([total, succeeded], [3, 2]);
});
