/** Raw process: answers what raw nats.js asks, beside others in turn, in a process of its own, until its input ends: `node bench/rawprocess.ts '{"url":…,"work":…}'`. */
import { connect } from "@nats-io/transport-node";
import { hold } from "./hold.ts";
import { RAW } from "./rawnats.ts";

const { url, work } = JSON.parse(process.argv[2] as string) as {
  readonly url: string;
  readonly work: number;
};

const connection = await connect({ servers: url });
const answer = (question: unknown): string => (hold(work), JSON.stringify(question));
connection.subscribe(RAW, {
  queue: RAW,
  callback: (_, message) => void message.respond(answer(message.json())),
});
await connection.flush();
process.stdout.write("there\n");
for await (const _ of process.stdin);
await connection.close();
