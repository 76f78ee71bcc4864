/** Servers: those that peers need, started over a folder of their own on a free port of this machine, each write synced, and stopped by their pid. */
import { execFileSync, spawn, type SpawnOptions } from "node:child_process";
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { atEnd, withFolder } from "./disk.ts";

const START_LIMIT_MS = 30_000;
/** Debian keeps PostgreSQL's programs apart, by version. */
const POSTGRES = "/usr/lib/postgresql";

/** Where an answer may be looked for: the folders of PATH, then the others. */
function find(program: string, others: readonly string[] = []): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...others];
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const findPostgres = (program: string) =>
  find(
    program,
    existsSync(POSTGRES) ? readdirSync(POSTGRES).map((version) => join(POSTGRES, version, "bin")) : [],
  );

/** What lacks for a redis-server; undefined when it can be started. */
export const redisLacks = (): string | undefined =>
  find("redis-server") === undefined ? "redis-server is not installed" : undefined;

/** What lacks for a PostgreSQL server; undefined when it can be started. */
export function postgresLacks(): string | undefined {
  if (["initdb", "postgres"].some((program) => findPostgres(program) === undefined))
    return "PostgreSQL is not installed";
  if (userOfPostgres() === undefined) return "PostgreSQL does not run as root, and no user is named postgres";
  return undefined;
}

/** Runs `work` beside a redis-server that syncs each write before it answers. */
export const withRedis = <T>(work: (port: number) => Promise<T>): Promise<T> =>
  withFolder(async (folder) => {
    const port = await freePort();
    const synced = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    const where = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
    const stop = await begin(find("redis-server") as string, [...where, ...synced]);
    try {
      return await work(port);
    } finally {
      await stop();
    }
  });

/** Runs `work` beside a PostgreSQL server with the settings of a fresh one, which syncs each commit; user `bench`, database `postgres`. */
export const withPostgres = <T>(work: (port: number) => Promise<T>): Promise<T> =>
  withFolder(async (folder) => {
    const user = userOfPostgres() ?? {};
    const data = join(folder, "data");
    mkdirSync(data);
    if (user.uid !== undefined) handOver(folder, data, user.uid, user.gid as number);
    const init = ["-D", data, "-U", "bench", "-A", "trust", "--no-sync"];
    execFileSync(findPostgres("initdb") as string, init, { ...user, cwd: data, stdio: "ignore" });
    const port = await freePort();
    const where = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", ""];
    const stop = await begin(findPostgres("postgres") as string, [...where, "-c", "fsync=on"], {
      ...user,
      cwd: data,
    });
    try {
      return await work(port);
    } finally {
      await stop();
    }
  });

type User = Pick<SpawnOptions, "uid" | "gid">;

/** Whom PostgreSQL runs as: this user, unless that is root, which it refuses. */
function userOfPostgres(): User | undefined {
  if (process.getuid?.() !== 0) return {};
  try {
    const number = (which: string) => Number(execFileSync("id", [which, "postgres"], { stdio: "pipe" }));
    return { uid: number("-u"), gid: number("-g") };
  } catch {
    return undefined;
  }
}

/** Its folder is its own; those above it may be passed through. */
function handOver(folder: string, data: string, uid: number, gid: number): void {
  for (const each of [dirname(folder), folder]) chmodSync(each, 0o711);
  chownSync(data, uid, gid);
}

/** Starts a server, and waits for the line that both of them print; gives its end. */
async function begin(
  program: string,
  args: readonly string[],
  user: SpawnOptions = {},
): Promise<() => Promise<void>> {
  const server = spawn(program, args, { ...user, stdio: ["ignore", "pipe", "pipe"] });
  atEnd(() => server.kill("SIGKILL"));
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`${program} did not start: ${said}`));
    const timer = setTimeout(fail, START_LIMIT_MS);
    const hear = (text: Buffer) => {
      said += text.toString();
      if (!/ready to accept connections/i.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    server.stdout?.on("data", hear);
    server.stderr?.on("data", hear);
    void ended.then(fail);
  });
  return () => {
    // SIGINT: PostgreSQL then waits for nobody.
    server.kill("SIGINT");
    return ended;
  };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
