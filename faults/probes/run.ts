/**
 * Probes: what an attacker would try first, tried against hubs that this program starts; none may succeed.
 *   npm run probes -- [--json] [--verbose] [--group N]
 * Ends with `N passed, N failed`, and with --json with one JSON object; exit code 1 when one succeeds.
 */
import { parseArgs } from "node:util";
import { allProbes } from "./all.ts";
import { isAlive, openGround } from "./ground.ts";
import { tryAll } from "./probe.ts";
import { lineOf, reportOf } from "./report.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    group: { type: "string", multiple: true },
  },
});
const unhandled: unknown[] = [];
process.on("unhandledRejection", (error) => unhandled.push(error));
const ground = await openGround();
const chosen = allProbes(ground).filter(({ group }) => values.group?.includes(String(group)) ?? true);
const tried = [...(await tryAll(chosen, ground))];
for (const [name, hub] of [
  ["open", ground.open],
  ["guarded", ground.guarded.hub],
] as const)
  tried.push({
    ...{ group: 17, did: `afterwards the ${name} hub answers`, expected: "alive" },
    ...((await isAlive(hub)) ? { came: "alive", held: true } : { came: "dead", held: false }),
  });
await ground[Symbol.asyncDispose]();
if (unhandled.length > 0)
  tried.push({
    group: 15,
    did: "nothing was left unhandled",
    expected: "0",
    came: String(unhandled),
    held: false,
  });
const report = reportOf(tried);
const log = values.json ? process.stderr : process.stdout;
for (const each of tried) if (values.verbose || !each.held) log.write(`${lineOf(each)}\n`);
for (const [group, why] of Object.entries(report.absent)) log.write(`absent    [${group}] ${why}\n`);
process.stdout.write(`${report.total - report.succeeded} passed, ${report.succeeded} failed\n`);
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
process.exitCode = report.succeeded === 0 ? 0 : 1;
// What an attack has left open is not waited for.
setTimeout(() => process.exit(), 5000).unref();
