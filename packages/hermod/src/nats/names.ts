/** Names: what streams, subjects and buckets of a namespace are called. */
import { HermodError } from "../core/errors.ts";
import { show } from "../core/duration.ts";

/** @throws HermodError HERMOD_BAD_OPTION for what cannot be part of a stream's name and of a subject. */
export function aNamespace(value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z0-9_-]{1,32}$/.test(value)) return value;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `nats.namespace is 1 to 32 letters, digits, "-" and "_", got ${show(value)}`,
  );
}

/** The stream of a partition's journal, and the subject of what is written to it. */
export function journalStream(namespace: string, partition: number): string {
  return `${namespace}_journal_${partition}`;
}
export function journalSubject(namespace: string, partition: number): string {
  return `${namespace}.journal.${partition}`;
}

/** The stream of a partition's images, and the subject of their pieces. */
export function imageStream(namespace: string, partition: number): string {
  return `${namespace}_image_${partition}`;
}
export function imageSubject(namespace: string, partition: number): string {
  return `${namespace}.image.${partition}`;
}

/** The bucket in which processes say that they are there, and who owns which partition. */
export function ownersBucket(namespace: string): string {
  return `${namespace}_owners`;
}

/** Where the owner of a partition hears who wants to talk to it. */
export function doorSubject(namespace: string, partition: number, owner: string): string {
  return `${namespace}.door.${partition}.${owner}`;
}

/** One connection, by its name: what its client says, and what is said to it. */
export function upSubject(namespace: string, wire: string): string {
  return `${namespace}.up.${wire}`;
}
export function downSubject(namespace: string, wire: string): string {
  return `${namespace}.down.${wire}`;
}
