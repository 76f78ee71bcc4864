/** Backup: a verified copy of the store: in a file that is named, or, where none is, by the hub that runs, where its copies go. */
import { backup as copy } from "hermod/sqlite";
import type { Given, Run } from "../command.ts";
import { hubJob } from "../hubjob.ts";
import { moving } from "../moves.ts";
import { isSet } from "../options.ts";
import { Usage } from "../problem.ts";
import { existingStore, runningHub } from "../storeplace.ts";
import { commandLine } from "../text.ts";

interface Made {
  readonly file: string;
  readonly bytes: number;
}

const told = ({ file, bytes }: Made): string => `${file}  ${bytes} bytes, verified\n`;

export const backup: Run = async (asked) => {
  const [to] = asked.args;
  return to === undefined ? byHub(asked) : inFile(asked, to);
};

async function inFile(asked: Given, to: string) {
  const replace = isSet(asked.options, "replace");
  const { file: store, hub } = await existingStore(asked);
  const made = await moving(asked, "backup", store, (file, options) =>
    copy(file, asked.io.path(to), { ...options, replace }),
  );
  return {
    data: { ...made, store },
    text: () => told(made),
    aside: hub === undefined ? `of ${store}` : `of ${store}, the store of the hub at ${hub}`,
    suggest: commandLine("restore", made.file),
  };
}

async function byHub(asked: Given) {
  const hub = await runningHub(asked);
  if (hub === undefined)
    throw new Usage(
      "no hub runs here that could say where the copy goes",
      "Name its file: hermod backup FILE. Without one a hub that runs makes it where its copies go.",
    );
  const made = await hubJob<Made>(asked, hub, "backup");
  return {
    data: { ...made, hub: hub.url },
    text: () => told(made),
    aside: `on the machine of the hub at ${hub.url}`,
  };
}
