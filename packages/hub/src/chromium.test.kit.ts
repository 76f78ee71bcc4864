/** Chromium: a browser without a window, for one page of this machine. It knows no other host, and goes with its test. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

const quiet = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check"],
  ...["--disable-breakpad", "--disable-crash-reporter", "--disable-component-update", "--disable-sync"],
  ...["--disable-background-networking", "--disable-dev-shm-usage"],
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

/** How long it may take to end by itself, in milliseconds. */
const FAREWELL = 5000;

export class Chromium implements AsyncDisposable {
  /** Rejects when it has ended before it should. */
  readonly gone: Promise<never>;
  readonly #folder = mkdtempSync(join(tmpdir(), "hermod-chromium-"));
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = "";

  /** True where there is one; where there is none the test is skipped, with a word why. */
  static isThere(t: TestContext): boolean {
    if (spawnSync("sh", ["-c", "command -v chromium"]).status === 0) return true;
    const why = "NOT TRIED: there is no chromium on the PATH, so no page was a system";
    t.diagnostic(why);
    t.skip(why);
    return false;
  }

  /** Shows a page. */
  constructor(url: string) {
    const args = [...quiet, `--user-data-dir=${join(this.#folder, "user")}`, url];
    // What it keeps beside is not left behind either.
    const env = { ...process.env, HOME: this.#folder, TMPDIR: this.#folder };
    // A group of its own: what it starts ends with it.
    this.#process = spawn("chromium", args, { env, stdio: ["ignore", "ignore", "pipe"], detached: true });
    this.#process.stderr?.on("data", (part: Buffer) => (this.#said = (this.#said + part).slice(-4000)));
    this.#ended = once(this.#process, "close");
    this.gone = this.#ended.then(() => {
      throw new Error(`chromium has ended: ${this.#said}`);
    });
    this.gone.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    const late = setTimeout(() => this.#killAll(), FAREWELL);
    await this.#ended;
    clearTimeout(late);
    this.#killAll();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #killAll(): void {
    try {
      process.kill(-(this.#process.pid as number), "SIGKILL");
    } catch {
      // Nobody is left.
    }
  }
}
