/** Overheard: what is said on a socket, held against the schemas that are published. */
import type { Frame, Op } from "hermod/remote";
import type { z } from "zod";
import { described } from "./operations.ts";
import { answerOf, fromClient, fromHub, requestOf } from "./frames.ts";

const own: Readonly<Record<string, z.ZodType>> = { ...fromClient, ...fromHub };
const requests = new Map<unknown, z.ZodType>();
const answers = new Map<unknown, z.ZodType>();
for (const op of Object.keys(described) as Op[]) {
  requests.set(op, requestOf(op));
  answers.set(op, answerOf(op));
}

export class Overheard {
  /** Kinds of frames that were heard: operations, and the others by their field. */
  readonly kinds = new Set<string>();
  /** What does not fit. */
  readonly strange: string[] = [];
  /** Requests that are not answered: their operations, and why they do not fit. */
  readonly #asked = new Map<unknown, { readonly op: unknown; readonly wrong: string | undefined }>();

  /** Takes a message of either side of one session. */
  readonly hear = (text: string): void => {
    for (const frame of JSON.parse(text) as readonly Frame[]) this.#take(frame);
  };

  #take(frame: Frame): void {
    if (frame["op"] !== undefined) return this.#request(frame);
    if (frame["n"] !== undefined) return this.#answer(frame);
    const kind = Object.keys(own).find((name) => frame[name] !== undefined) ?? "nothing";
    this.kinds.add(kind);
    this.#note(kind, complaint(own[kind], frame));
  }

  #request(frame: Frame): void {
    const { n, op } = frame;
    this.#asked.set(n, { op, wrong: complaint(requests.get(op), frame) });
  }

  /** What is done fits, with its answer; what does not fit is refused. */
  #answer(frame: Frame): void {
    const { op, wrong } = this.#asked.get(frame["n"]) ?? {};
    if (frame["error"] !== undefined) return this.#note("failed", complaint(fromHub.failed, frame));
    this.kinds.add(String(op));
    this.#note(String(op), wrong);
    this.#note(`answer to ${String(op)}`, complaint(answers.get(op), frame));
  }

  #note(kind: string, wrong: string | undefined): void {
    if (wrong !== undefined) this.strange.push(`${kind}: ${wrong}`);
  }
}

function complaint(schema: z.ZodType | undefined, frame: Frame): string | undefined {
  if (schema === undefined) return `there is no such frame: ${JSON.stringify(frame)}`;
  const { error } = schema.safeParse(frame);
  return error && `${error.message} in ${JSON.stringify(frame).slice(0, 400)}`;
}
