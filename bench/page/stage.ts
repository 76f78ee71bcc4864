/** Stage: a hub with much to show, in a process of its own, and its page in a Chromium without a window. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { chromium, type Browser, type CDPSession, type Page } from "playwright-core";

/** What the hub's process is told to do. */
export type Order =
  | { readonly do: "history"; readonly messages: number }
  | { readonly do: "conversation"; readonly messages: number }
  | { readonly do: "crew"; readonly agents: number }
  | { readonly do: "flow"; readonly perSecond: number; readonly seconds: number };

export interface StageOptions {
  /** Whether the hub has a process of its own, so that one can tell what it costs. */
  readonly isApart?: boolean;
  /** The file that it opens; default memory. */
  readonly file?: string;
}

export class Stage implements AsyncDisposable {
  readonly url: string;
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly #hub: ChildProcess;
  /** Who sends: the hub's process itself, unless they are apart. */
  readonly #sender: ChildProcess;
  readonly #browser: Browser;

  private constructor(
    url: string,
    page: Page,
    cdp: CDPSession,
    [hub, sender]: readonly [ChildProcess, ChildProcess],
    browser: Browser,
  ) {
    this.url = url;
    this.page = page;
    this.cdp = cdp;
    this.#hub = hub;
    this.#sender = sender;
    this.#browser = browser;
  }

  static async open(executablePath: string, { isApart = false, file }: StageOptions = {}): Promise<Stage> {
    const [hub, url] = await program("hub.ts", [
      ...(isApart ? ["--alone"] : []),
      ...(file === undefined ? [] : [file]),
    ]);
    const [sender] = isApart ? await program("sender.ts", [url]) : [hub];
    const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-precise-memory-info"];
    const browser = await chromium.launch({ executablePath, args });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return new Stage(url, page, await context.newCDPSession(page), [hub, sender], browser);
  }

  /** Has the hub do something; ends when it is done. */
  async order(order: Order): Promise<void> {
    this.#sender.send(order);
    await once(this.#sender, "message");
  }

  /** What the hub's process has computed so far, in milliseconds; for one that stands apart. */
  async spent(): Promise<number> {
    this.#hub.send("spent");
    const [{ user, system }] = (await once(this.#hub, "message")) as [NodeJS.CpuUsage];
    return (user + system) / 1000;
  }

  async show(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
  }

  /** What the page's scripts hold in memory, once what nobody needs is gone, in bytes. */
  async heap(): Promise<number> {
    await this.cdp.send("HeapProfiler.collectGarbage");
    return (await this.cdp.send("Runtime.getHeapUsage")).usedSize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    for (const child of new Set([this.#sender, this.#hub])) {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    }
  }
}

/** A program beside this one, once it has said where it is. */
async function program(name: string, args: readonly string[]): Promise<readonly [ChildProcess, string]> {
  const child = fork(join(import.meta.dirname, name), args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [url] = (await once(child, "message")) as [string];
  return [child, url];
}
