/** Listener: a client of a hub in a process of its own, which listens to a topic and can be frozen. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const program = `
  const { start } = await import("hermod");
  const { remote } = await import("hermod/remote");
  const system = await start({ store: remote(process.argv[1]) });
  await system.subscribe("bench.news", () => undefined);
  process.stdout.write("ready\\n");
`;

export class Listener {
  readonly #process: ChildProcess;

  constructor(url: string) {
    this.#process = spawn(process.execPath, ["--input-type=module", "-e", program, url], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: import.meta.dirname,
    });
  }

  async ready(): Promise<void> {
    if (this.#process.stdout) await once(this.#process.stdout, "data");
  }

  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  end(): void {
    this.#process.kill("SIGKILL");
  }
}
