/** Body: the JSON that a request carries, read within bounds: no more of it is kept than is allowed, and nothing else than plain JSON is taken. */
import { HermodError } from "hermod";
import { fromJson } from "hermod/remote";

/** Most bytes of a body; most levels of its JSON, two of them around a payload. */
export const MOST_BODY = 2 ** 20;
const MOST_DEPTH = 70;

/** The body of a request that changes something; undefined for none. @throws HermodError HERMOD_MEDIA_TYPE, HERMOD_TOO_LARGE or HERMOD_BAD_PAYLOAD. */
export async function readJson(request: Request): Promise<unknown> {
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (request.method === "DELETE" && request.headers.get("content-type") === null && !(length > 0)) return;
  checkMedia(request);
  if (length > MOST_BODY) throw tooLarge("body", MOST_BODY, "bytes");
  const text = toText(request, await readBytes(request));
  if (text === "") return undefined;
  checkDepth(text);
  return text.includes("bytes") ? fromJson(text) : plain(text);
}

function checkMedia(request: Request): void {
  const given = request.headers.get("content-type");
  const encoding = request.headers.get("content-encoding") ?? "identity";
  const isJson = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(given ?? "");
  if (isJson && encoding === "identity") return;
  throw mediaType(
    request,
    isJson
      ? `takes nothing compressed, got content-encoding ${JSON.stringify(encoding)}`
      : `needs content-type application/json, got ${JSON.stringify(given)}`,
  );
}

function mediaType(request: Request, what: string): HermodError {
  return new HermodError("HERMOD_MEDIA_TYPE", `${request.method} ${new URL(request.url).pathname} ${what}`);
}

async function readBytes({ body }: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of partsOf(body)) {
    size += chunk.byteLength;
    if (size > MOST_BODY) throw tooLarge("body", MOST_BODY, "bytes");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws HermodError HERMOD_PROTOCOL where the connection ends before the body does. */
async function* partsOf(body: Request["body"]): AsyncGenerator<Uint8Array, void> {
  try {
    yield* (body ?? []) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new HermodError("HERMOD_PROTOCOL", "the body ended before it was whole", { cause });
  }
}

function toText(request: Request, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw mediaType(request, "needs UTF-8, got something else");
  }
}

/** Depth is counted before anything is made of the text: what is too deep costs one pass. */
function checkDepth(text: string): void {
  let depth = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (mark === "[" || mark === "{") depth++;
    else if (mark === "]" || mark === "}") depth--;
    if (depth > MOST_DEPTH) throw tooLarge("depth", MOST_DEPTH, "levels");
  }
}

function plain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_PAYLOAD", `the body is no JSON: ${(cause as Error).message}`);
  }
}

function tooLarge(limit: string, most: number, unit: string): HermodError {
  return new HermodError(
    "HERMOD_TOO_LARGE",
    `the body has more than ${most} ${unit}, the limit of ${limit}`,
    {
      details: { limit, value: most },
    },
  );
}
