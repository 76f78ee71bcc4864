/**
 * Hub: the process with the file.
 *   hub.ts '{"file":…,"port":…}'   says "ready" when it listens; events go to file descriptor 3
 */
import { Hub } from "@hermod/hub";
import { sqlite } from "hermod/sqlite";
import { notesTo } from "../workload/lines.ts";
import { noteExpired } from "../workload/watch.ts";

const { file, port } = JSON.parse(process.argv[2] as string) as {
  readonly file: string;
  readonly port: number;
};
const note = notesTo(3, "hub");
const hub = await Hub.open({ store: sqlite(file), port });
noteExpired(hub.system, note);
process.stdout.write("ready\n");
