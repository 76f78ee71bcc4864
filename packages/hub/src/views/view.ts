/** View: what somebody looked at on the page, under a name: a screen and the words of its address. Which view is whose, and who may change it, is decided here. Pure. */
import { HermodError } from "hermod";
import { EVERYTHING } from "../api/seen.ts";
import { ownerOf, type Principal } from "../auth/principal.ts";

/** A view as the hub keeps it. */
export interface View {
  readonly id: string;
  readonly name: string;
  /** The path of its screen: "/messages". */
  readonly screen: string;
  /** What its address says: `{ where: "state:failed" }`. */
  readonly search: Readonly<Record<string, string>>;
  /** Whether all who share a tenant with its owner see it. */
  readonly shared: boolean;
  /** Whose it is: tenant, kind and name. */
  readonly owner: string;
  /** Who made it, for others to read. */
  readonly by: string;
  /** When it was kept, UTC milliseconds. */
  readonly at: number;
}

/** What somebody wants to keep. */
export type NewView = Pick<View, "name" | "screen" | "search" | "shared">;

/** Most views of one principal, and of all together. */
export const MOST_OWN = 100;
export const MOST_VIEWS = 2000;

/** The views that a principal sees: its own, and those that were shared in its tenant. */
export function seenBy(principal: Principal, views: readonly View[]): readonly View[] {
  const seen = views.filter((view) => isOwn(principal, view) || (view.shared && isOfTenant(principal, view)));
  return seen.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.at - b.at));
}

export function isOwn(principal: Principal, { owner }: View): boolean {
  return owner === ownerOf(principal);
}

function isOfTenant({ tenant = "" }: Principal, { owner }: View): boolean {
  return owner.startsWith(`${tenant}/`);
}

/** The views with one more; it takes the place of the own one of its name on its screen. @throws HermodError HERMOD_OVERLOADED. */
export function withView(views: readonly View[], view: View): readonly View[] {
  const others = views.filter(
    ({ owner, name, screen }) => owner !== view.owner || name !== view.name || screen !== view.screen,
  );
  const own = others.filter(({ owner }) => owner === view.owner).length;
  if (own >= MOST_OWN) throw tooMany(`${MOST_OWN} views of one name`, MOST_OWN);
  if (others.length >= MOST_VIEWS) throw tooMany(`${MOST_VIEWS} views of all together`, MOST_VIEWS);
  return [...others, view];
}

function tooMany(what: string, value: number): HermodError {
  return new HermodError("HERMOD_OVERLOADED", `the hub keeps ${what}, the most there may be`, {
    details: { limit: "views", value },
    hint: "Forget one of them first.",
  });
}

/** The one of this id, that the principal may change: its own, and where it administers everything any that it sees. @throws HermodError HERMOD_NOT_FOUND, HERMOD_FORBIDDEN. */
export function changeable(principal: Principal, views: readonly View[], id: string): View {
  const view = seenBy(principal, views).find((each) => each.id === id);
  if (view === undefined)
    throw new HermodError("HERMOD_NOT_FOUND", `there is no view ${JSON.stringify(id.slice(0, 80))}`);
  if (isOwn(principal, view) || principal.may("administer", EVERYTHING)) return view;
  throw new HermodError("HERMOD_FORBIDDEN", `the view ${JSON.stringify(view.name)} is of ${view.by}`, {
    details: { principal: principal.name, right: "administer", subject: EVERYTHING },
    hint: "Who made it may change it, and who administers everything.",
  });
}
