/**
 * Machine: one process of several. It says which parcels it takes, a line each, and ends in order when its input does.
 * With a number it is killed as it takes its so manieth parcel, which it has in its hands then.
 *   node examples/machines/machine.ts URL NAMESPACE NAME [NUMBER]
 */
import { once } from "node:events";
import { start } from "hermod";
import { nats } from "hermod/nats";
import { createAgents } from "./agents.ts";

const [servers = "", namespace = "", name = "", last] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let taken = 0;
function begun(parcel: number): void {
  say(`begun ${parcel}`);
  if (++taken === Number(last)) process.kill(process.pid, "SIGKILL");
}

await using system = await start({
  agents: createAgents(name, begun),
  store: nats({ servers, namespace }),
});
say(`ready ${system.agents().length}`);
await once(process.stdin.resume(), "end");
