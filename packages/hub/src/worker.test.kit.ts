/**
 * Worker: a process behind a hub, for tests that stop, freeze and kill it. It says what it does, a line each.
 *   worker.test.kit.ts '{"url":…,"send":N,"name":…}'   sends N messages to "inbox", says "sent N", ends
 *   worker.test.kit.ts '{"url":…,"name":…}'            serves "desk": says "begun ID", works until SIGUSR2 comes, or has come, says "ended ID"
 */
import { once } from "node:events";
import { agent, start } from "hermod";
import { remote } from "hermod/remote";

interface Orders {
  readonly url: string;
  readonly name: string;
  readonly send?: number;
}

const { url, name, send } = JSON.parse(process.argv[2] as string) as Orders;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const store = remote(url, { client: name, timeout: "20s" });

if (send !== undefined) {
  const system = await start({ store });
  await Promise.all(Array.from({ length: send }, (_, at) => system.cast("inbox", "", `${name} ${at}`)));
  say(`sent ${send}`);
  await system.close();
} else {
  const told = once(process, "SIGUSR2");
  const desk = agent("desk", {
    lease: "1s",
    state: () => ({ done: [] as string[] }),
    on: {
      notification: async (_, ctx) => {
        say(`begun ${ctx.envelope.id}`);
        await told;
        ctx.state.done.push(name);
        say(`ended ${ctx.envelope.id} ${ctx.signal.aborted ? "late" : "in time"}`);
      },
      request: (_, ctx) => ctx.state.done,
    },
  });
  await start({ agents: [desk], store });
  say("ready");
}
