/** Thread: the far end of the way to files: it holds those that it is given, and does for each what it is asked. */
import { parentPort } from "node:worker_threads";
import type { HermodError } from "../../core/errors.ts";
import { StoreFile } from "./file.ts";
import type { Request, Response, Sent } from "./worker.ts";
import type { StoreTrouble } from "./protocol.ts";
import { toTrouble } from "./trouble.ts";

interface Held {
  readonly path: string;
  readonly file: StoreFile;
  /** True for a file of its own: it does its chores when it is at rest. */
  readonly rests: boolean;
}

const files = new Map<number, Held>();

parentPort?.on("message", ({ number, file, request }: Sent) => {
  if (request.type === "hold") {
    const { options } = request;
    const rests = options.durability !== "copy";
    return void files.set(file, { path: options.path, file: new StoreFile(options), rests });
  }
  const held = files.get(file) as Held;
  parentPort?.postMessage(respond(held, number, request));
  if (request.type === "close") files.delete(file);
  else if (held.rests) held.file.rest();
});

function respond(held: Held, number: number, request: Request): Response {
  try {
    return { number, value: handle(held.file, request) };
  } catch (error) {
    return { number, trouble: plain(toTrouble(error, held.path)) };
  }
}

function handle(file: StoreFile, request: Request): unknown {
  switch (request.type) {
    case "open":
      return file.open();
    case "begin":
      return file.begin(request.limits, request.place, request.epoch);
    case "write":
      return file.write(request.changes, request.now, request.place);
    case "chores":
      return file.doOrderedChores(request.now, request.place);
    case "finish":
      return file.finish();
    case "place":
      return file.place();
    case "image":
      return file.image(request.path, request.bare);
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
