/** Fetch: requests whose responses end with an error when they have no end: no endpoint fills the memory. */
import { TooLargeError } from "../../core/errors.ts";

/** Bytes on the wire of one character of an answer: in the most talkative streams, as JSON, and of what is around it. */
const PIECES = 64;
const WHOLE = 8;
const AROUND = 65_536;

/** The platform's fetch, for answers of so many characters. Its bodies throw HERMOD_TOO_LARGE beyond what those can need. */
export function limited(characters: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    const bytes = headers.get("content-type")?.includes("json") ? WHOLE : PIECES;
    return new Response(response.body.pipeThrough(counting(AROUND + characters * bytes)), {
      status,
      statusText,
      headers,
    });
  };
}

function counting(limit: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let size = 0;
  return new TransformStream({
    transform(bytes, controller) {
      size += bytes.length;
      if (size <= limit) controller.enqueue(bytes);
      else
        controller.error(
          new TooLargeError(`the endpoint's response has more than ${limit} bytes`, { details: { limit } }),
        );
    },
  });
}
