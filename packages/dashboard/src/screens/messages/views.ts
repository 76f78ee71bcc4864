/** Views: what the screen of messages shows, under a name. The hub keeps them; what a browser kept before is offered to it once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import type { SavedView } from "../../api/types.ts";

const SCREEN = "/messages";

/** What a view of this screen says. */
export interface Seen {
  readonly where?: string;
  readonly range?: string;
}

export interface NewView {
  readonly name: string;
  readonly seen: Seen;
  readonly shared: boolean;
}

/** The views of this screen, and what can be done with them. */
export function useViews() {
  const client = useQueryClient();
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: queries.views.queryKey });
  const { data, error } = useQuery(queries.views);
  const save = useMutation({
    mutationFn: async (views: readonly NewView[]) => {
      for (const view of views) await ask("post /v1/views", { body: bodyOf(view) });
    },
    onSettled: again,
  });
  const forget = useMutation({
    mutationFn: (id: string) => ask(`delete /v1/views/${encodeURIComponent(id)}`),
    onSettled: again,
  });
  return {
    views: data?.items.filter(({ screen }) => screen === SCREEN),
    isKept: data?.kept ?? true,
    save: save.mutateAsync,
    forget: (id: string) => forget.mutate(id),
    error: save.error ?? forget.error ?? error,
  };
}

export const seenIn = ({ search: { where, range } }: SavedView): Seen => ({
  ...(where !== undefined && { where }),
  ...(range !== undefined && { range }),
});

function bodyOf({ name, seen, shared }: NewView): object {
  return { name, screen: SCREEN, search: { ...seen }, shared };
}

/** All views of the screen as a file that can be kept elsewhere and taken in again. */
export const asFile = (views: readonly SavedView[]): string =>
  `${JSON.stringify({ views: views.map(({ name, search, shared }) => ({ name, search, shared })) }, undefined, 2)}\n`;

/** The views of such a file, or of what a browser kept before. Nothing where it is none. */
export function viewsIn(text: string): readonly NewView[] {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return [];
  }
  const list: unknown = Array.isArray(said) ? said : Object(said).views;
  return (Array.isArray(list) ? list : []).flatMap(toView);
}

function toView(value: unknown): NewView[] {
  const { name, search, shared, ...flat } = Object(value) as Record<string, unknown>;
  const { where, range } = Object(search ?? flat) as Record<string, unknown>;
  const isText = (each: unknown): each is string | undefined =>
    each === undefined || typeof each === "string";
  if (typeof name !== "string" || name.trim() === "" || !isText(where) || !isText(range)) return [];
  const seen = { ...(where !== undefined && { where }), ...(range !== undefined && { range }) };
  return [{ name: name.trim().slice(0, 80), seen, shared: shared === true }];
}

const LOCAL = "hermod.views";

/** What this browser kept before the hub did. */
export const leftHere = (): readonly NewView[] => viewsIn(localStorage.getItem(LOCAL) ?? "[]");
export const forgetHere = (): void => localStorage.removeItem(LOCAL);
