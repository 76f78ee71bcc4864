/**
 * Partitions: which one keeps what, and which process owns which one. Pure. What is hashed here is stored there for ever: neither the
 * hash nor the number of partitions may change under data that is kept.
 */
import { mailboxOf, type Address } from "../../core/address.ts";
import { mix } from "../../core/id.ts";

/** FNV-1a, 32 bits, over UTF-8: its start and its prime. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
/** Far from small numbers in all bits, so that neighbouring partitions draw unlike weights. */
const STRIDE = 0x9e3779b9;

const utf8 = new TextEncoder();

/** The partition, from 0 to `partitions` - 1, that an address belongs to: an instance lives with its agent, a system where its tag says. */
export function partitionOf(address: Address, partitions: number): number {
  const mailbox = mailboxOf(address);
  const tagged = mailbox.startsWith("~") ? Number(TAG.exec(mailbox)?.[1] ?? partitions) : partitions;
  return tagged < partitions ? tagged : partitionOfText(mailbox, partitions);
}

const TAG = /\.at(\d+)$/;

/** What the addresses of systems end with that live in a partition: replies to a system are near where its own process keeps them. */
export function tagOf(partition: number): string {
  return `at${partition}`;
}

/** The partition that a text belongs to: a conversation, a topic, the id of a message that nobody knows. */
export function partitionOfText(text: string, partitions: number): number {
  return partitions === 1 ? 0 : mix(fnv1a(text)) % partitions;
}

/**
 * The member that a partition belongs to: each draws a weight for it, and the greatest wins. So a member that comes takes partitions
 * from all others alike, one that goes leaves its own to all, and no other partition moves. Undefined where there is no member.
 */
export function bestOwner(partition: number, members: readonly string[]): string | undefined {
  let [best, greatest]: [string | undefined, number] = [undefined, -1];
  for (const member of members) {
    const weight = mix(fnv1a(member) ^ Math.imul(partition + 1, STRIDE));
    // Equal weights are decided by name, so that the order in which members are known does not matter.
    if (weight > greatest || (weight === greatest && member < (best as string)))
      [best, greatest] = [member, weight];
  }
  return best;
}

/** The hash as its authors define it, from 0 to 2^32 - 1. */
export function fnv1a(text: string): number {
  let hash = OFFSET;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Nearly all names are ASCII: those need no bytes made of them.
    if (code > 0x7f) return hashBytes(utf8.encode(text));
    hash = Math.imul(hash ^ code, PRIME);
  }
  return hash >>> 0;
}

function hashBytes(bytes: Uint8Array): number {
  let hash = OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
