/**
 * Rendezvous hashing: which of several slots a key belongs to. Each slot draws a weight for the key, and the highest wins; so one
 * slot more takes keys from all others alike, and no key moves between those that were there before. Pure.
 */
import { mix } from "./id.ts";

/** Far from small numbers in all bits, so that neighbouring slots draw unlike weights. */
const STRIDE = 0x9e3779b9;

/** The slot of a key, from 0 to `slots` - 1; 0 where there is one slot or none. */
export function slotOf(key: string, slots: number): number {
  const hash = slots > 1 ? fnv(key) : 0;
  let [winner, highest] = [0, -1];
  for (let slot = 0; slot < slots; slot++) {
    const weight = mix(hash ^ Math.imul(slot + 1, STRIDE));
    if (weight > highest) [winner, highest] = [slot, weight];
  }
  return winner;
}

/** FNV-1a over UTF-16 code units. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}
