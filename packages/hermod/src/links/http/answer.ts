/** Answer: the body of a response, read within a limit, and made the reply. */
import { fromJson } from "../../core/codec.ts";
import { HermodError, TooLargeError } from "../../core/errors.ts";
import type { Response } from "./post.ts";

/** What an answer may be. */
export type Wanted =
  /** JSON; nothing at all is `undefined`. */
  | "json"
  /** JSON, or plain text as it is. */
  | "text"
  /** Whatever it is, it is not read. */
  | "nothing";

/** The reply in a response. @throws HermodError HERMOD_BAD_REPLY, HERMOD_TOO_LARGE; or what the network said. */
export async function replyOf(response: Response, wanted: Wanted, limit: number): Promise<unknown> {
  if (wanted === "nothing") return undefined;
  const text = decoded(await bytesOf(response.body, limit));
  if (text === "") return undefined;
  const type = (response.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (wanted === "text" && type === "text/plain") return text;
  if (!/^application\/(?:[\w.+-]+\+)?json$/.test(type)) throw otherType(type);
  return read(text);
}

function otherType(type: string): HermodError {
  const contentType = type.slice(0, 100);
  const shown = type === "" ? "no content type" : `the content type ${contentType}`;
  return unusable(`it has ${shown}, and should be application/json`, { contentType });
}

function read(text: string): unknown {
  try {
    return fromJson(text);
  } catch {
    // The parser's own words repeat what it could not read.
    throw unusable("it says that it is JSON, and is not");
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unusable("it is no text in UTF-8");
  }
}

function unusable(why: string, details: Readonly<Record<string, unknown>> = {}): HermodError {
  return new HermodError("HERMOD_BAD_REPLY", `the endpoint's answer cannot be used: ${why}`, {
    details,
    hint: "Let the endpoint answer with JSON and say so in content-type; an answer without a body is an empty reply.",
  });
}

async function bytesOf(body: Response["body"], limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Who leaves the loop closes the connection.
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > limit) throw tooLarge(limit);
    pieces.push(piece);
  }
  return joined(pieces, size);
}

function tooLarge(limit: number): TooLargeError {
  return new TooLargeError(`the endpoint's answer has more than ${limit} bytes, the limit of maxAnswer`, {
    details: { limit: "maxAnswer", value: limit },
    hint: "Let the endpoint answer with a reference instead, or raise maxAnswer.",
  });
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Of a body that is no reply, as much as helps to see what it is; also where it is cut. */
export async function beginningOf(body: Response["body"]): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body ?? []) {
      pieces.push(piece);
      size += piece.length;
      if (size >= ENOUGH) break;
    }
  } catch {
    // What has come is what there is.
  }
  // A letter that is cut in two is left out.
  return new TextDecoder().decode(joined(pieces, size).subarray(0, ENOUGH), { stream: true });
}

/** More than is shown: what is hidden in it makes it shorter. */
const ENOUGH = 4096;
