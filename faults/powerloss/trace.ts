/**
 * Trace: what `strace -f -y -xx` wrote down of a process, as the operations that reached one folder, in their order. A call
 * that it does not understand is an error, never left out: an image without it would prove nothing.
 */
import { basename, dirname } from "node:path";

/** One operation on the files of the folder; `mark` is a line of the process itself. */
export type Op =
  | { readonly type: "create" | "unlink"; readonly name: string }
  | { readonly type: "rename" | "link"; readonly name: string; readonly to: string }
  | { readonly type: "write"; readonly name: string; readonly offset: number; readonly data: Buffer }
  | { readonly type: "truncate"; readonly name: string; readonly size: number }
  | { readonly type: "sync"; readonly name: string; readonly since: number }
  | { readonly type: "sync-folder"; readonly since: number }
  | { readonly type: "mark"; readonly text: string };

/** The calls that change files or sync them: what `strace -e trace=` gets. */
export const calls: readonly string[] = [
  ...["openat", "open", "creat", "write", "writev", "pwrite64", "pwritev", "pwritev2"],
  ...["fsync", "fdatasync", "sync_file_range", "ftruncate", "truncate", "fallocate", "copy_file_range"],
  ...["unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"],
];

interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: number;
  /** How many operations were done when it began: a sync covers no later ones. */
  readonly since: number;
}

/** The operations in a trace that concern `folder`; `marks` is the file into which the process writes its own lines. */
export function toOps(trace: string, folder: string, marks: string): readonly Op[] {
  const ops: Op[] = [];
  const begun = new Map<string, { readonly text: string; readonly since: number }>();
  const places = [toHex(folder), toHex(marks)];
  const positions = new Map<string, number>();
  for (const line of trace.split("\n")) {
    const space = line.indexOf(" ");
    const pid = line.slice(0, space);
    const [text, since] = joined(line.slice(space).trimStart(), begun, pid, ops.length);
    if (text === undefined || !places.some((place) => text.includes(place))) continue;
    const call = toCall(text, since);
    if (call === undefined || call.result < 0) continue;
    ops.push(...toOperations(call, folder, marks, positions));
  }
  return ops;
}

/** A call that another thread interrupted stands in two lines. */
function joined(
  text: string,
  begun: Map<string, { readonly text: string; readonly since: number }>,
  pid: string,
  count: number,
): readonly [text: string | undefined, since: number] {
  if (text.endsWith("<unfinished ...>")) {
    begun.set(pid, { text: text.slice(0, -"<unfinished ...>".length).trimEnd(), since: count });
    return [undefined, count];
  }
  const resumed = /^<\.\.\. \w+ resumed>/.exec(text);
  if (resumed === null) return [text, count];
  const start = begun.get(pid);
  return [start && start.text + text.slice(resumed[0].length), start?.since ?? count];
}

/** `name(args) = result …`; the strings inside are hexadecimal, so that the last ` = ` is the call's own. */
function toCall(text: string, since: number): Call | undefined {
  const found = /^(\w+)\((.*)\)\s+= (-?\d+)/s.exec(text);
  if (found === null) return undefined;
  const [, name, args, result] = found as unknown as [string, string, string, string];
  return { name, args, result: Number(result), since };
}

/** Where each descriptor writes next, by its number. */
type Positions = Map<string, number>;

function toOperations(call: Call, folder: string, marks: string, positions: Positions): readonly Op[] {
  const path = pathOf(call);
  if (path === marks)
    return call.name === "write" ? [{ type: "mark", text: stringsOf(call)[0] as string }] : [];
  if (path === folder) return isSync(call) ? [{ type: "sync-folder", since: call.since }] : [];
  if (dirname(path) !== folder || path.endsWith("-shm")) return [];
  const name = basename(path);
  if (call.name === "openat") return toOpened(call, name, positions);
  return [call.name === "write" ? toWrite(call, name, positions) : toFileOp(call, name)];
}

const isSync = ({ name }: Call): boolean => name === "fsync" || name === "fdatasync";

function toFileOp(call: Call, name: string): Op {
  const numbers = call.args.split(", ");
  switch (call.name) {
    case "pwrite64":
      return { type: "write", name, offset: Number(numbers.at(-1)), data: dataOf(call) };
    case "ftruncate":
      return { type: "truncate", name, size: Number(numbers.at(-1)) };
    case "fsync":
    case "fdatasync":
      return { type: "sync", name, since: call.since };
    case "unlink":
      return { type: "unlink", name };
    case "rename":
    case "link":
      return { type: call.name, name, to: basename(stringsOf(call)[1] as string) };
    default:
      return strange(call);
  }
}

function toOpened(call: Call, name: string, positions: Positions): readonly Op[] {
  if (call.args.includes("O_APPEND")) return strange(call);
  positions.set(`${call.result}`, 0);
  const created: readonly Op[] = call.args.includes("O_CREAT") ? [{ type: "create", name }] : [];
  return call.args.includes("O_TRUNC") ? [...created, { type: "truncate", name, size: 0 }] : created;
}

/** A write at the place where the last one of its descriptor ended. */
function toWrite(call: Call, name: string, positions: Positions): Op {
  const descriptor = /^\d+/.exec(call.args)?.[0] ?? "";
  const offset = positions.get(descriptor);
  if (offset === undefined) return strange(call);
  positions.set(descriptor, offset + call.result);
  return { type: "write", name, offset, data: dataOf(call) };
}

function strange({ name, args }: Call): never {
  throw new Error(`the trace has a call that is not understood: ${name}(${args.slice(0, 200)}`);
}

/** The path of the descriptor, or the first one given as text. */
function pathOf(call: Call): string {
  const descriptor = /^\d+<([^>]*)>/.exec(call.args.slice(0, 2000));
  return descriptor ? fromHex(descriptor[1] as string).toString() : (stringsOf(call)[0] ?? "");
}

function stringsOf({ args }: Call): readonly string[] {
  return [...args.matchAll(/"([^"]*)"/g)].map((found) => fromHex(found[1] as string).toString());
}

function dataOf({ name, args, result }: Call): Buffer {
  const open = args.indexOf('"');
  const close = args.lastIndexOf('"');
  const data = fromHex(args.slice(open + 1, close));
  if (data.length === result) return data;
  throw new Error(`the trace has ${data.length} of ${result} bytes of a ${name}`);
}

function toHex(path: string): string {
  return [...Buffer.from(path)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}
