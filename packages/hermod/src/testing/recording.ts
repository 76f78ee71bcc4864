/** Recording: the calls of a model as lines of JSON in a file, one a line: what was asked, and what came of it. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { show } from "../core/duration.ts";
import { describe, HermodError, type ErrorRecord } from "../core/errors.ts";
import type { ModelPart, ModelReply, ModelRequest } from "../core/model.ts";

/** What is recorded of a request: all but its signal. */
export type RecordedRequest = Omit<ModelRequest, "signal">;

/** One call. */
export interface RecordedCall {
  readonly model: string;
  readonly request: RecordedRequest;
  /** Of a whole answer. */
  readonly reply?: ModelReply;
  /** Of a streamed one, as far as it came. */
  readonly parts?: readonly ModelPart[];
  /** What it failed with, after the parts. */
  readonly error?: ErrorRecord;
  /** True where whoever asked wanted no more of it. */
  readonly left?: boolean;
}

/** Begins the file anew. @throws HermodError HERMOD_BAD_OPTION where it cannot be written. */
export function beginRecording(file: string): void {
  try {
    writeFileSync(file, "");
  } catch (cause) {
    throw noFile(`cannot be written: ${describe(cause)}`, file, cause, "Make its folder first.");
  }
}

/** Written at once, so that a run that ends in the middle has what it heard by then. */
export function record(file: string, call: RecordedCall): void {
  appendFileSync(file, `${JSON.stringify(call)}\n`);
}

/** The calls of a file, in their order. @throws HermodError HERMOD_BAD_OPTION naming the line that is none. */
export function readRecording(file: string): readonly RecordedCall[] {
  const lines = textOf(file).split("\n");
  return lines.flatMap((line, at) => (line.trim() === "" ? [] : [read(line, at + 1, file)]));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw noFile(
      `cannot be read: ${describe(cause)}`,
      file,
      cause,
      "Record it first: recorded(model, file).",
    );
  }
}

function read(line: string, at: number, file: string): RecordedCall {
  try {
    const call = JSON.parse(line) as RecordedCall;
    const answered = Array.isArray(call.parts) || Boolean(call.reply ?? call.error ?? call.left);
    if (answered && Array.isArray(call.request.messages)) return call;
  } catch (cause) {
    throw noFile(`has no JSON in line ${at}`, file, cause, "Record it again.");
  }
  throw noFile(`has no call of a model in line ${at}`, file, undefined, "Record it again.");
}

function noFile(why: string, file: string, cause: unknown, hint: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `the recording ${show(file)} ${why}`, {
    ...{ cause, hint, details: { option: "file", received: file } },
  });
}
