/** Thread: the writer's or the reader's end of the way to the file. */
import { parentPort, workerData } from "node:worker_threads";
import type { HermodError } from "../../core/errors.ts";
import { StoreFile } from "./file.ts";
import type { Request, Response, ThreadData } from "./port.ts";
import type { StoreTrouble } from "./protocol.ts";
import { toTrouble } from "./trouble.ts";

const { role, options } = workerData as ThreadData;
const file = new StoreFile(options);

parentPort?.on("message", ({ number, request }: { number: number; request: Request }) => {
  void respond(number, request);
});

async function respond(number: number, request: Request): Promise<void> {
  let response: Response;
  try {
    const answer = handle(request);
    response = { number, value: answer instanceof Promise ? await answer : answer };
  } catch (error) {
    response = { number, trouble: plain(toTrouble(error, options.path)) };
  }
  parentPort?.postMessage(response);
  if (role === "writer") file.rest();
}

function handle(request: Request): unknown {
  switch (request.type) {
    case "open":
      return file.open();
    case "write":
      return file.write(request.changes, request.now);
    case "ask":
      return file.ask(request.question);
    case "compact":
      return file.compact(request.step);
    case "close":
      return file.close();
  }
}

function plain({ code, message, hint, details, cause }: HermodError): StoreTrouble {
  return { code, message, hint, details, ...(cause instanceof Error && { cause: cause.message }) };
}
