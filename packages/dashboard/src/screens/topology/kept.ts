/** Kept: where somebody has put things by hand, for each grouping, in this browser. */
import type { Place, Places } from "./layout.ts";

const NAME = "hermod.topology";
/** Most places that are kept. */
const MOST = 1000;

export function keptPlaces(grouping: string): Places {
  try {
    const all = JSON.parse(localStorage.getItem(NAME) ?? "{}") as Record<string, Places | undefined>;
    return Object.fromEntries(Object.entries(all[grouping] ?? {}).filter(([, place]) => isPlace(place)));
  } catch {
    return {};
  }
}

const isPlace = (given: unknown): given is Place =>
  Number.isFinite((given as Place | null)?.x) && Number.isFinite((given as Place | null)?.y);

/** Without places it is forgotten. */
export function keepPlaces(grouping: string, places: Places): void {
  let all: Record<string, Places> = {};
  try {
    all = JSON.parse(localStorage.getItem(NAME) ?? "{}") as Record<string, Places>;
  } catch {
    // What cannot be read is written anew.
  }
  const own = Object.fromEntries(Object.entries(places).slice(-MOST));
  localStorage.setItem(NAME, JSON.stringify({ ...all, [grouping]: own }));
}
