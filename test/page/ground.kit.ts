/** Ground: a hub with agents behind it, and its page in a Chromium of the test's own. What the page complains of fails the test. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { Hub, type Auth, type HubOptions } from "@hermod/hub";
import {
  agent,
  memory,
  start,
  type Definition,
  type OpenStore,
  type StartOptions,
  type System,
} from "hermod";
import { remote } from "hermod/remote";
import { chromium, type Browser, type Page } from "playwright-core";
import { root } from "../source.ts";

/** Where pictures are kept, of all screens with PICTURES=1 and otherwise of what failed; git ignores it. */
const shots = join(root, "out/page");

/** Says what it hears; what says "fail" fails for good, what says "wait" is never answered. */
export const echo = agent("echo", {
  retry: { retries: 0 },
  on: {
    request: (said: unknown) => answered(said),
    notification: (said: unknown) => void answered(said),
  },
});

/** Asks a person, and waits. */
export const asker = agent("asker", {
  concurrency: 8,
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
  readonly agents?: readonly Definition[];
  readonly scheme?: "light" | "dark";
  /** What else the hub is opened with, each time that it is. */
  readonly hub?: Partial<HubOptions>;
  readonly limits?: StartOptions["limits"];
  /** Who may do what, and the token of the system that runs the agents. */
  readonly auth?: Auth;
  readonly token?: string;
}

type Settled = GroundOptions & { readonly store: OpenStore };

/** How a page looks and who looks at it. */
export interface Looks {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  /** What the page's tab knows as its token. */
  readonly token?: string;
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

/** In the page: notes whether a pointer was used, which tells who walks by keys alone. */
const POINTED = "addEventListener('pointerdown', () => { window.pointed_ = true; }, true);";

/** In the page: files are handed over at their end; the browser's own dialog for the place of one is nobody's to answer here. */
const NO_PICKER = "delete globalThis.showSaveFilePicker;";

/** One for all tests of a file: it knows nothing of one ground on the next. */
let chromiumOfFile: Promise<Browser> | undefined;

/** What a window with a person before it has and no page: the list under the address bar, in two processes a window, and one kept in reserve. */
const idle = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"];
const needless = `--disable-features=${[...idle, "SpareRendererForSitePerProcess"].join(",")}`;

function launched(executablePath: string): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", needless];
  return chromium.launch({ executablePath, args });
}
// Here and not where it is launched: within a test it would end with that test.
after(async () => (await chromiumOfFile?.catch(() => undefined))?.close());

export class Ground implements AsyncDisposable {
  hub: Hub;
  page: Page;
  readonly system: System;
  /** What the page has complained of: errors, and what its policy has refused. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  /** Pages in browsers of their own. */
  readonly #others: Page[] = [];
  readonly #options: Settled;

  private constructor(hub: Hub, options: Settled, system: System, browser: Browser, page: Page) {
    this.hub = hub;
    this.#options = options;
    this.system = system;
    this.#browser = browser;
    this.page = page;
    this.#heed();
  }

  /** Undefined where there is no browser. */
  static async open(t: TestContext, given: GroundOptions = {}): Promise<Ground | undefined> {
    const executablePath = browserPath(t);
    if (executablePath === undefined) return undefined;
    const options = { store: memory(), agents: [echo, asker], ...given };
    const { store, agents, auth, token, limits } = options;
    const hub = await Hub.open({ store, port: 0, ...(auth && { auth }), ...options.hub });
    const system = await start({
      agents: [...agents],
      store: remote(hub.url, { client: "test", ...(token !== undefined && { token }) }),
      ...(limits && { limits }),
    });
    const browser = await (chromiumOfFile ??= launched(executablePath));
    return new Ground(hub, options, system, browser, await newPage(browser, options));
  }

  /** Another page that knows nothing of the one before, which is closed. */
  async anew(looks: Looks = {}): Promise<Page> {
    await this.page.context().close();
    this.page = await newPage(this.#browser, looks);
    this.#heed();
    return this.page;
  }

  #heed(): void {
    this.page.on("pageerror", (error) => this.complaints.push(String(error)));
    this.page.on("console", (said) => {
      // A hub that is away, or that refuses, is told of by the page itself.
      if (said.type() === "error" && !/ERR_CONNECTION_REFUSED|status of 4\d\d/u.test(said.text()))
        this.complaints.push(said.text());
    });
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

  /** Goes to a screen by the menu, until what it asks the hub for is there: the page is not loaded anew. */
  async walk([path, name]: readonly [path: string, name: string, ...unknown[]]): Promise<Page> {
    const { page } = this;
    await page.getByRole("navigation", { name: "Screens" }).locator(`a[href="${path}"]`).click();
    await page
      .getByRole("main")
      .getByRole("region", { name: new RegExp(`^${name}`, "u") })
      .first()
      .waitFor();
    await page.getByText("Asking the hub").first().waitFor({ state: "hidden" });
    return page;
  }

  /** A page in another browser: it knows nothing of what the first one keeps. */
  async another(): Promise<Page> {
    const page = await newPage(this.#browser, {});
    this.#others.push(page);
    return page;
  }

  /** Ends the hub, and opens another one at the same place. */
  async restartHub(between: () => Promise<void> = async () => undefined): Promise<void> {
    const { port } = new URL(this.hub.url);
    const { store, auth } = this.#options;
    await this.hub.close();
    await between();
    this.hub = await Hub.open({ store, port: Number(port), ...(auth && { auth }), ...this.#options.hub });
  }

  /** Keeps a picture of the page, where pictures are wanted. */
  async picture(name: string, isWanted = "PICTURES" in process.env): Promise<void> {
    if (!isWanted) return;
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#browser.isConnected())
      for (const page of [this.page, ...this.#others]) await page.context().close();
    await this.system.close({ timeout: 0 });
    await this.hub.close();
    assert.deepEqual(this.complaints, [], "what the page complains of");
  }
}

async function newPage(browser: Browser, { scheme = "light", width = 1400, token }: Looks): Promise<Page> {
  const context = await browser.newContext({
    ...{ viewport: { width, height: 900 }, colorScheme: scheme },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await context.addInitScript(POINTED);
  await context.addInitScript(NO_PICKER);
  if (token !== undefined)
    await context.addInitScript(`sessionStorage.setItem("hermod.token", ${JSON.stringify(token)})`);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

type OnGround = (ground: Ground, t: TestContext) => Promise<void>;

/** Tests of a file on one hub and one Chromium, each with a page of its own; `prepared` is awaited once, before the first of them. */
export function onGround(
  options: GroundOptions = {},
  prepared: (ground: Ground) => Promise<unknown> = async () => undefined,
): (name: string, run: OnGround, looks?: Looks) => void {
  let opening: Promise<Ground | undefined> | undefined;
  const open = async (t: TestContext): Promise<Ground | undefined> => {
    const ground = await Ground.open(t, options);
    if (ground) await prepared(ground);
    return ground;
  };
  after(async () => (await opening?.catch(() => undefined))?.[Symbol.asyncDispose]());
  return (name, run, looks) =>
    void test(name, async (t) => {
      const ground = await (opening ??= open(t));
      if (!ground) return t.skip("there is no chromium on the PATH");
      await ground.anew(looks);
      await run(ground, t);
      assert.deepEqual(ground.complaints.splice(0), [], "what the page complains of");
    });
}
