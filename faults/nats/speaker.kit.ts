/** Speaker: says by datagrams what it is told by lines "ADDRESS TEXT", and writes what it hears, and the files that it sees: `speaker.kit.ts '{"address":…,"own":…,"name":…}'`. */
import { createSocket } from "node:dgram";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PORT = 4000;
const { address, own, name } = JSON.parse(process.argv[2] as string) as Record<
  "address" | "own" | "name",
  string
>;
const say = (word: string): void => void process.stdout.write(`${word}\n`);

writeFileSync(join(own, name), "");
for (const file of readdirSync(own)) say(`sees ${file}`);
const socket = createSocket("udp4");
socket.on("message", (said) => say(said.toString()));
// Where there is no way, that is what is tried.
socket.on("error", () => undefined);
socket.bind(PORT, address, () => say("ready"));
for await (const line of createInterface({ input: process.stdin })) {
  const [to, text] = line.split(" ", 2);
  socket.send(`${text}`, PORT, to);
}
