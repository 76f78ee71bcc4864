/** Alone: a program with a network of its own, in which there is nobody else, and whose changes end with it: a network namespace of Linux. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Command } from "../program.ts";

/** Says that a program was begun so. */
const MARK = "HERMOD_FAULTS_ALONE";
/** What it mounts is its own too. Whoever is not the machine's root is root in there. */
const begin = [
  "unshare",
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
  "--net",
  "--mount",
] as const;

/** Begins a program so. */
const command: Command = (words) => ["env", `${MARK}=1`, ...begin, ...words];

/** What hosts are made of; what it makes ends with it. */
const TRIAL =
  "ip link add br0 type bridge && ip link add host type veth peer name eth0 && mount -t tmpfs none /tmp && unshare --net --mount nsenter --version";

export const alone = {
  /** True for this program. */
  isSo: process.env[MARK] !== undefined,
  command,
  /** Why that cannot be had; false where it can. */
  get missing(): string | false {
    const [program, ...words] = command(["sh", "-c", TRIAL]);
    const tried = spawnSync(program, words, { encoding: "utf8" });
    if (tried.status === 0) return false;
    return `there are no network namespaces to be had: ${tried.error?.message ?? tried.stderr.trim()}`;
  },
  /** To be called first in a program that was begun so: loopback is there then, as everywhere. */
  settle(): void {
    execFileSync("ip", ["link", "set", "lo", "up"]);
  },
  /** Runs this program so, with the same arguments; its exit code. */
  async again(): Promise<number> {
    const [program, ...words] = command([process.execPath, ...process.argv.slice(1)]);
    const child = spawn(program, words, { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  },
};
