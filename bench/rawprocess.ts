/** Raw process: answers what raw nats.js asks, in a process of its own, until its input ends: `node bench/rawprocess.ts '{"url":…}'`. */
import { connect } from "@nats-io/transport-node";
import { RAW } from "./rawnats.ts";

const { url } = JSON.parse(process.argv[2] as string) as { readonly url: string };

const connection = await connect({ servers: url });
const answer = (question: unknown): string => JSON.stringify(question);
connection.subscribe(RAW, { callback: (_, message) => void message.respond(answer(message.json())) });
await connection.flush();
process.stdout.write("there\n");
for await (const _ of process.stdin);
await connection.close();
