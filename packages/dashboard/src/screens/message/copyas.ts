/** Copy as: the same message as a command, a request, a piece of a program. What others wrote is quoted, and nothing in it is carried out. */
import type { Envelope } from "../../api/types.ts";

export interface Sendable extends Pick<Envelope, "verb" | "operation" | "to" | "topic" | "payload"> {
  readonly priority?: number;
}

/** Why it cannot be sent again; undefined where it can. */
export function refusalOf({ verb, to, topic }: Sendable): string | undefined {
  if (verb === "reply") return "It answered whoever waited then: send again what it answered.";
  if (verb === "info") return "It is a notice of a system, which nobody else sends.";
  if (topic === undefined && (to === undefined || to.startsWith("~")))
    return "It was not for an agent or a topic: only its own system can send it.";
  return undefined;
}

export function asCli(message: Sendable): string {
  const { verb, operation, to, topic } = message;
  const words = topic === undefined ? [to ?? "", operation] : [topic];
  const payload = jsonOf(message);
  const written = [...words, ...(payload === undefined ? [] : [payload])].map(shell);
  // What begins with a dash is no option.
  const dashes = words.some((word) => word.startsWith("-")) ? ["--"] : [];
  return [
    "npx hermod",
    topic === undefined ? (verb === "call" ? "call" : "cast") : "publish",
    ...dashes,
    ...written,
  ].join(" ");
}

export function asCurl(message: Sendable, origin: string): string {
  const { verb, operation, to, topic } = message;
  const part = encodeURIComponent;
  const query = verb === "call" ? "" : `?verb=${verb}`;
  const path =
    topic === undefined
      ? `/v1/agents/${part(to ?? "")}/${part(operation)}${query}`
      : `/v1/topics/${part(topic)}`;
  const payload = jsonOf(message);
  const body = payload === undefined ? "-X POST" : `-d ${shell(payload)}`;
  return `curl ${shell(origin + path)} -H content-type:application/json ${body}`;
}

export function asTypeScript(message: Sendable): string {
  const { verb, operation, to, topic } = message;
  const given = topic === undefined ? [textOf(to ?? ""), textOf(operation)] : [textOf(topic)];
  const payload = jsonOf(message, 2);
  const all = [...given, ...(payload === undefined ? [] : [payload])].join(", ");
  const verbNow = topic === undefined ? verb : "publish";
  return `${verb === "call" ? "const reply = " : ""}await system.${verbNow}(${all});`;
}

/** JSON of plain letters alone: what turns the reading order, hides, or steers a terminal is written as its code. */
function jsonOf({ payload }: Sendable, indent?: number): string | undefined {
  return payload === undefined ? undefined : escaped(JSON.stringify(payload, null, indent));
}

const textOf = (text: string): string => escaped(JSON.stringify(text));

function escaped(json: string): string {
  return json.replaceAll(/[\p{Cf}\u007f-\u009f\u2028\u2029]/gu, (letter) =>
    letter
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** A word for a shell. */
function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
