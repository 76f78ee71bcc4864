/** Replayed model: answers from a recording, without a network: each recorded call once, found by what is asked. */
import { systemClock } from "../core/clock.ts";
import { fromRecord, HermodError } from "../core/errors.ts";
import type { Model, ModelOptions, ModelPart, ModelReply, ModelRequest } from "../core/model.ts";
import { aText } from "../core/options.ts";
import { paused } from "./paused.ts";
import { readRecording, type RecordedCall } from "./recording.ts";

/** A model that knows what it has not been asked. */
export interface ReplayedModel extends Model {
  /** How many recorded calls nobody has asked for yet. */
  readonly left: number;
}

/**
 * A model that answers what was recorded: an equal request (whatever its signal) gets the first answer that was given to it and not replayed
 * yet, streams piece by piece, errors as they were.
 * @throws HermodError HERMOD_BAD_OPTION for a file that is no recording; its calls HERMOD_MODEL where nothing equal is left.
 */
export function replayed(file: string): ReplayedModel {
  return new Replayed(readRecording(aText("replayed.file", file)));
}

interface Line {
  readonly call: RecordedCall;
  readonly key: string;
}

class Replayed implements ReplayedModel {
  readonly name: string;
  readonly simulated = true;
  readonly #lines: readonly Line[];
  readonly #unasked: Set<Line>;

  constructor(calls: readonly RecordedCall[]) {
    this.name = calls[0]?.model ?? "replayed";
    this.#lines = calls.map((call) => ({ call, key: keyOf(call.request) }));
    this.#unasked = new Set(this.#lines);
  }

  get left(): number {
    return this.#unasked.size;
  }

  async text(prompt: string, options: ModelOptions = {}): Promise<string> {
    return (await this.generate({ ...options, messages: [{ role: "user", content: prompt }] })).text;
  }

  async generate(request: ModelRequest): Promise<ModelReply> {
    for await (const part of this.stream(request)) if (part.type === "end") return part.reply;
    throw new HermodError("HERMOD_MODEL", "the recorded answer has no end");
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    request.signal?.throwIfAborted();
    const { parts, reply, error, left } = this.#take(request);
    for (const part of parts ?? (reply ? partsOf(reply) : [])) {
      yield part;
      request.signal?.throwIfAborted();
    }
    if (error) throw fromRecord(error);
    if (left) await this.#leave(request);
  }

  /** Who gave up when it was recorded will do so again. */
  async #leave({ signal }: ModelRequest): Promise<void> {
    if (signal) await paused(systemClock, Infinity, signal);
    throw new HermodError(
      "HERMOD_MODEL",
      "the recording ends here: whoever asked wanted no more of this answer",
      {
        retryable: false,
        hint: "Record it again, with somebody who reads the answer to its end.",
      },
    );
  }

  #take(request: ModelRequest): RecordedCall {
    const key = keyOf(request);
    for (const line of this.#unasked)
      if (line.key === key) {
        this.#unasked.delete(line);
        return line.call;
      }
    throw unknown(request, key, this.#lines);
  }
}

function partsOf(reply: ModelReply): readonly ModelPart[] {
  const end = { type: "end", reply } as const;
  return reply.text === "" ? [end] : [{ type: "text", text: reply.text }, end];
}

/** Equal for equal requests, in whatever order their fields stand. */
function keyOf({ signal: _, ...request }: ModelRequest): string {
  return JSON.stringify(request, (_name, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function unknown({ signal: _, ...asked }: ModelRequest, key: string, lines: readonly Line[]): HermodError {
  const near = nearestTo(key, lines);
  const details = { asked, ...(near && { nearest: near.call.request, line: lines.indexOf(near) + 1 }) };
  return new HermodError("HERMOD_MODEL", `nothing was recorded for what was asked${comparison(key, near)}`, {
    ...{ details, retryable: false },
    hint: "Compare `details.asked` with `details.nearest`, or record again: a changed prompt needs a new recording.",
  });
}

function comparison(key: string, near: Line | undefined): string {
  if (near === undefined) return ": the recording is empty";
  if (near.key === key) return " once more: all its recorded answers have been given";
  const from = Math.max(0, alike(key, near.key) - 20);
  const [asked, recorded] = [key, near.key].map((text) => text.slice(from, from + 80));
  return `: …${asked}… where the nearest recorded request has …${recorded}…`;
}

/** The request that shares the most with what was asked, from both ends. */
function nearestTo(key: string, lines: readonly Line[]): Line | undefined {
  const backwards = (text: string): string => text.slice(-10_000).split("").toReversed().join("");
  const shared = (line: Line): number => alike(key, line.key) + alike(backwards(key), backwards(line.key));
  let best: { readonly line: Line; readonly shared: number } | undefined;
  for (const line of lines) {
    const much = shared(line) / Math.max(key.length, line.key.length);
    if (best === undefined || much > best.shared) best = { line, shared: much };
  }
  return best?.line;
}

/** How many characters both begin with. */
function alike(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}
