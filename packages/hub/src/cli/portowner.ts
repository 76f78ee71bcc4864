/** Portowner: who has a port: a hub, which says so, or a process of this user, where the system tells (Linux). */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** How long who has it may take to answer, in milliseconds. */
const PATIENCE = 500;

/** "a hub", "process 4711 (node)", or nothing where it is not known. */
export async function portOwner(host: string, port: number): Promise<string | undefined> {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  const [isHub, process] = [await isHubAt(`http://${name}:${port}`), processAt(port)];
  return isHub ? ["a hub", process].filter(Boolean).join(", ") : process;
}

async function isHubAt(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/v1/health/live`, { signal: AbortSignal.timeout(PATIENCE) });
    const { ok } = Object(await answer.json()) as { readonly ok?: unknown };
    return ok === true;
  } catch {
    return false;
  }
}

const LISTENS = "0A";

function processAt(port: number): string | undefined {
  const sockets = new Set(
    ["tcp", "tcp6"]
      .flatMap((kind) => readSafe(`/proc/net/${kind}`).split("\n").slice(1))
      .flatMap((line) => {
        const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/u);
        const isThis = parseInt(local.split(":")[1] ?? "", 16) === port && state === LISTENS;
        return isThis ? [`socket:[${inode}]`] : [];
      }),
  );
  if (sockets.size === 0) return undefined;
  const pid = listSafe("/proc").find(
    (each) =>
      /^\d+$/u.test(each) &&
      listSafe(`/proc/${each}/fd`).some((fd) => sockets.has(linkSafe(`/proc/${each}/fd/${fd}`))),
  );
  return pid === undefined ? undefined : `process ${pid} (${nameOf(pid)})`;
}

/** Of the program's file: its threads may have given themselves other names. */
function nameOf(pid: string): string {
  return basename(readSafe(`/proc/${pid}/cmdline`).split("\0", 1)[0] ?? "");
}

const readSafe = (file: string): string => quietly(() => readFileSync(file, "utf8"), "");
const listSafe = (folder: string): readonly string[] => quietly(() => readdirSync(folder), []);
const linkSafe = (link: string): string => quietly(() => readlinkSync(link), "");

/** Processes come and go, and those of others are not to be read. */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
