/** Stage: a hub with much to show, in a process of its own, and its page in a Chromium without a window. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { chromium, type Browser, type CDPSession, type Page } from "playwright-core";

/** What the hub's process is told to do. */
export type Order =
  | { readonly do: "history"; readonly messages: number }
  | { readonly do: "conversation"; readonly messages: number }
  | { readonly do: "flow"; readonly perSecond: number; readonly seconds: number };

export class Stage implements AsyncDisposable {
  readonly url: string;
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly #hub: ChildProcess;
  readonly #browser: Browser;

  private constructor(url: string, page: Page, cdp: CDPSession, hub: ChildProcess, browser: Browser) {
    this.url = url;
    this.page = page;
    this.cdp = cdp;
    this.#hub = hub;
    this.#browser = browser;
  }

  static async open(executablePath: string): Promise<Stage> {
    const hub = fork(join(import.meta.dirname, "hub.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [url] = (await once(hub, "message")) as [string];
    const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-precise-memory-info"];
    const browser = await chromium.launch({ executablePath, args });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return new Stage(url, page, await context.newCDPSession(page), hub, browser);
  }

  /** Has the hub do something; ends when it is done. */
  async order(order: Order): Promise<void> {
    this.#hub.send(order);
    await once(this.#hub, "message");
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
    this.#hub.kill();
    await once(this.#hub, "exit");
  }
}
