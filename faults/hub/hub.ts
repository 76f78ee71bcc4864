/**
 * Hub: the process with the file.
 *   hub.ts '{"file":…,"port":…}'   says "ready" when it listens; events go to file descriptor 3
 */
import { Hub } from "@hermod/hub";
import { sqlite } from "hermod/sqlite";
import { toLetter } from "../workload/letter.ts";
import { notesTo } from "../workload/lines.ts";

const { file, port } = JSON.parse(process.argv[2] as string) as {
  readonly file: string;
  readonly port: number;
};
const note = notesTo(3, "hub");
const hub = await Hub.open({ store: sqlite(file), port });
// Nobody else sees that what a dead client held comes back when its lease is over: others may have passed it by then.
hub.system.reports((report) => {
  if (report.type !== "lease.expired") return;
  const id = toLetter(report.envelope.payload)?.n;
  if (id !== undefined) note({ kind: "lease-expired", id, mailbox: report.mailbox });
});
process.stdout.write("ready\n");
