/** Ground: a hub with agents behind it, and its page in a Chromium of the test's own. What the page complains of fails the test. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Hub } from "@hermod/hub";
import { agent, memory, start, type AgentDefinition, type OpenStore, type System } from "hermod";
import { remote } from "hermod/remote";
import { chromium, type Browser, type Page } from "playwright-core";
import { root } from "../source.ts";

/** Where screenshots are kept; git ignores it. */
const shots = join(root, "out/page");

/** Says what it hears; what says "fail" fails for good, what says "wait" is never answered. */
const echo = agent("echo", {
  retry: { retries: 0 },
  on: {
    request: (said: unknown) => answered(said),
    notification: (said: unknown) => void answered(said),
  },
});

/** Asks a person, and waits. */
const asker = agent("asker", {
  on: {
    notification: async (question: unknown, ctx) =>
      void (await ctx.ask("ana", String(question), { options: ["yes", "no"] })),
  },
});

function answered(said: unknown): unknown {
  if (said === "fail") throw new Error("it broke");
  return said === "wait" ? new Promise(() => undefined) : said;
}

export interface GroundOptions {
  readonly store?: OpenStore;
  readonly agents?: readonly AgentDefinition[];
  readonly scheme?: "light" | "dark";
}

/** Where the browser is; undefined where there is none, and the test is skipped with a word why. */
function browserPath(t: TestContext): string | undefined {
  const { stdout } = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" });
  if (stdout.trim() !== "") return stdout.trim();
  const why = "NOT TRIED: there is no chromium on the PATH, so no page was looked at";
  t.diagnostic(why);
  t.skip(why);
  return undefined;
}

export class Ground implements AsyncDisposable {
  hub: Hub;
  readonly page: Page;
  readonly system: System;
  /** What the page has complained of: errors, and what its policy has refused. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #store: OpenStore;

  private constructor(hub: Hub, store: OpenStore, system: System, browser: Browser, page: Page) {
    this.hub = hub;
    this.#store = store;
    this.system = system;
    this.#browser = browser;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (said) => {
      // A hub that is away is told of by the page itself.
      if (said.type() === "error" && !said.text().includes("ERR_CONNECTION_REFUSED"))
        this.complaints.push(said.text());
    });
  }

  /** Undefined where there is no browser. */
  static async open(t: TestContext, options: GroundOptions = {}): Promise<Ground | undefined> {
    const executablePath = browserPath(t);
    if (executablePath === undefined) return undefined;
    const { store = memory(), agents = [echo, asker], scheme: colorScheme = "light" } = options;
    const hub = await Hub.open({ store, port: 0 });
    const system = await start({ agents: [...agents], store: remote(hub.url, { client: "test" }) });
    const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
    const browser = await chromium.launch({ executablePath, args });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    return new Ground(hub, store, system, browser, page);
  }

  /** Shows a screen. */
  async show(path: string): Promise<Page> {
    await this.page.goto(`${this.hub.url}${path}`);
    return this.page;
  }

  /** Shows a screen, until what it asks the hub for is there. */
  async showWhole(path: string): Promise<Page> {
    const page = await this.show(path);
    await page.locator("main section").first().waitFor();
    await page.getByText("Asking the hub").first().waitFor({ state: "hidden" });
    return page;
  }

  /** Ends the hub, and opens another one at the same place. */
  async restartHub(between: () => Promise<void> = async () => undefined): Promise<void> {
    const { port } = new URL(this.hub.url);
    await this.hub.close();
    await between();
    this.hub = await Hub.open({ store: this.#store, port: Number(port) });
  }

  /** Keeps a picture of the page. */
  async picture(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.system.close({ timeout: 0 });
    await this.hub.close();
    assert.deepEqual(this.complaints, [], "what the page complains of");
  }
}
