/** Inside: a service of this machine alone, which nobody from elsewhere should make anything reach; it remembers what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Inside extends AsyncDisposable {
  readonly port: number;
  readonly heard: readonly {
    readonly headers: IncomingHttpHeaders;
    readonly url: string;
    readonly body: string;
  }[];
}

/** At both loopback addresses. @param leads where it sends whoever comes to `/away`. */
export async function openInside(
  leads: (port: number) => readonly [status: number, location?: string] = () => [200],
): Promise<Inside> {
  const heard: Inside["heard"][number][] = [];
  const serve = () => createServer((asked, response) => void answer(asked, response));
  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { headers, url = "" } = asked;
    const body = (await asked.setEncoding("utf8").toArray()).join("");
    heard.push({ headers, url, body });
    const [status, location] = url === "/away" ? leads(port) : [200];
    response.writeHead(status, location === undefined ? {} : { location }).end();
  };
  const [four, six] = [serve(), serve()];
  await once(four.listen(0, "127.0.0.1"), "listening");
  const { port } = four.address() as AddressInfo;
  // Not every machine has the other address.
  await new Promise<void>((go) => six.once("error", () => go()).listen(port, "::1", () => go()));
  const end = async (): Promise<void> => {
    for (const server of [four, six]) {
      server.closeAllConnections();
      server.close();
    }
  };
  return { port, heard, [Symbol.asyncDispose]: end };
}
