/**
 * Site: a page with the library as it is shipped, and the hub's socket under the same origin, as a server in front of both would have it. What the
 * page tells is heard here, and its sockets can be cut.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { extname } from "node:path";
import type { Duplex } from "node:stream";

const library = new URL(".", import.meta.resolve("hermod"));
const imports = { hermod: "/hermod/index.js", "hermod/remote": "/hermod/remote/index.js" };

/** A page that runs this program, which can `tell`; what it throws is told too. */
function pageOf(program: string): string {
  return `<!doctype html><title>A page of a test</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script>
const said = (kind, value) => fetch("/" + kind, { method: "POST", body: JSON.stringify(value) });
const tell = (value) => said("told", value);
const failed = ({ message, error, target }) => said("failed", String(error?.stack ?? message ?? target.outerHTML));
// A module that cannot be loaded is told to its element alone.
addEventListener("error", failed, true);
addEventListener("unhandledrejection", ({ reason }) => said("failed", String(reason?.stack ?? reason)));
</script>
<script type="module">${program}</script>`;
}

export class Site implements AsyncDisposable {
  readonly url: string;
  /** How often a socket was asked for. */
  sockets = 0;
  readonly #server: Server;
  readonly #page: string;
  readonly #open = new Set<Duplex>();
  readonly #told: unknown[] = [];
  #heard = Promise.withResolvers<void>();

  /** In front of the hub at this port. */
  static async open(hub: number, program: string): Promise<Site> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Site(server, hub, program);
  }

  private constructor(server: Server, hub: number, program: string) {
    this.#server = server;
    this.#page = pageOf(program);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on("request", (request, response) => void this.#answer(request, response));
    server.on("upgrade", (request, socket, head) => this.#forward(request, socket, head, hub));
  }

  /** What the page tells next. @throws what the page has thrown. */
  async told(): Promise<unknown> {
    while (this.#told.length === 0) await this.#heard.promise;
    this.#heard = Promise.withResolvers();
    const told = this.#told.shift();
    if (told instanceof Error) throw told;
    return told;
  }

  /** Cuts all sockets of the page, in the middle of whatever they are at. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: path = "/" } = request;
    if (method === "POST") {
      const value: unknown = JSON.parse((await request.setEncoding("utf8").toArray()).join(""));
      this.#told.push(path === "/failed" ? new Error(`the page: ${String(value)}`) : value);
      this.#heard.resolve();
      response.end();
    } else if (path === "/") response.setHeader("content-type", "text/html").end(this.#page);
    else if (path.startsWith("/hermod/") && extname(path) === ".js")
      response
        .setHeader("content-type", "text/javascript")
        .end(await readFile(new URL(path.slice(8), library)));
    else response.writeHead(404).end();
  }

  /** As it came, its host and its origin too. */
  #forward({ method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer, hub: number): void {
    this.sockets++;
    const fields = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
    const wire = connect(hub, "127.0.0.1");
    wire.write(`${method} ${url} HTTP/1.1\r\n${fields}\r\n`);
    wire.write(head);
    this.#open.add(socket.on("error", () => wire.destroy()).on("close", () => this.#gone(socket, wire)));
    wire.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.pipe(wire).pipe(socket);
  }

  #gone(socket: Duplex, wire: Duplex): void {
    this.#open.delete(socket);
    wire.destroy();
  }
}
