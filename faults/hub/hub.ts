/**
 * Hub: the process with the file.
 *   hub.ts '{"file":…,"port":…}'   says "ready" when it listens
 */
import { Hub } from "@hermod/hub";
import { sqlite } from "hermod/sqlite";

const { file, port } = JSON.parse(process.argv[2] as string) as {
  readonly file: string;
  readonly port: number;
};
await Hub.open({ store: sqlite(file), port });
process.stdout.write("ready\n");
