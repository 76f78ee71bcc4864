/** Saved views: a filter and a range under a name; kept in this browser. */
export interface SavedView {
  readonly name: string;
  readonly where?: string;
  readonly range?: string;
}

const VIEWS = "hermod.views";
const MOST = 100;

export function savedViews(): readonly SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(VIEWS) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  const { name, where, range } = Object(value) as Record<string, unknown>;
  const isText = (each: unknown): boolean => each === undefined || typeof each === "string";
  return typeof name === "string" && name !== "" && isText(where) && isText(range);
}

/** Under its name, in place of what had it. */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  const others = views.filter(({ name }) => name !== view.name);
  return keep([...others, view].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST));
}

export function withoutView(views: readonly SavedView[], name: string): readonly SavedView[] {
  return keep(views.filter((each) => each.name !== name));
}

function keep(views: readonly SavedView[]): readonly SavedView[] {
  localStorage.setItem(VIEWS, JSON.stringify(views));
  return views;
}
