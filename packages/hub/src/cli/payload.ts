/** Payload: what a message says, as it was typed: JSON, `@file`, or `-` for what comes in. */
import { open } from "node:fs/promises";
import { HermodError } from "hermod";
import type { Io } from "./io.ts";

/** More than any message may hold. */
const MOST = 16 * 2 ** 20;

/**
 * The value of what was typed; nothing where nothing was.
 * @throws HermodError HERMOD_BAD_PAYLOAD for what is no JSON, HERMOD_TOO_LARGE; what the system says of the file.
 */
export async function readPayload(typed: string | undefined, { stdin, path }: Io): Promise<unknown> {
  if (typed === undefined) return undefined;
  if (typed === "-") return parsePayload(await readAll(stdin, "what came in"), "what came in");
  if (!typed.startsWith("@")) return parsePayload(typed, "the payload");
  const name = typed.slice(1);
  await using file = await open(path(name));
  return parsePayload(await readAll(file.createReadStream(), name), name);
}

async function readAll(stream: AsyncIterable<unknown>, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer);
    size += bytes.length;
    if (size > MOST)
      throw new HermodError("HERMOD_TOO_LARGE", `${what} is larger than ${MOST} bytes`, {
        details: { limit: MOST },
      });
    chunks.push(bytes);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw bad(what, "is no UTF-8 text");
  }
}

/** The value of a text. @throws HermodError HERMOD_BAD_PAYLOAD saying what is no JSON. */
export function parsePayload(text: string, what: string): unknown {
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    throw bad(what, `is no JSON: ${(error as Error).message}`);
  }
}

/** The other way of `toJson`. */
function revive(_name: string, value: unknown): unknown {
  const bytes: unknown = Object(value).$bytes;
  const isBytes = typeof bytes === "string" && Object.keys(value as object).length === 1;
  return isBytes ? new Uint8Array(Buffer.from(bytes, "base64")) : value;
}

function bad(what: string, why: string): HermodError {
  return new HermodError("HERMOD_BAD_PAYLOAD", `${what} ${why}`, {
    hint: `Give JSON in single quotes, a text as '"text"', @file for a file, or - for what comes in.`,
  });
}
