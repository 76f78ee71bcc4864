/** The hub that is fuzzed, in a process of its own: it says where it listens, and dies of whatever nobody caught. "planted" dies of a load, a path is a file. */
import { memory, type OpenStore } from "hermod";
import { sqlite } from "hermod/sqlite";
import { Hub } from "../../packages/hub/src/index.ts";

const plain = memory();
const planted: OpenStore = async (env) => {
  const store = await plain(env);
  store.load = () => {
    setImmediate(() => process.exit(70));
    return undefined;
  };
  return store;
};
const [, , kind = ""] = process.argv;
const store = kind === "planted" ? planted : kind === "" ? plain : sqlite(kind);
const hub = await Hub.open({ store, port: 0 });
process.stdout.write(`${hub.url}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
