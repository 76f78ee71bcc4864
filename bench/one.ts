/** One measurement in a process of its own: `node --expose-gc bench/one.ts KEY SIDE SIZE`; the last line it prints is its sample as JSON. */
import { keyNamed } from "./keys/index.ts";
import type { Measurement } from "./keys/key.ts";
import { peerMeasurement } from "./peers.ts";
import { PEER } from "./series.ts";

const [name = "", side = "", size = ""] = process.argv.slice(2);
const measurement = await find();
process.stdout.write(`${JSON.stringify(await measurement(Number(size)))}\n`);
// A peer may keep timers that would hold the process.
process.exit(0);

async function find(): Promise<Measurement> {
  if (side.startsWith(PEER)) return peerMeasurement(side.slice(PEER.length), name);
  const key = keyNamed(name);
  const found = side === "floor" || side === "ours" ? key?.[side] : key?.variants?.[side];
  if (found === undefined) throw new Error(`no measurement ${name} ${side}`);
  return found;
}
