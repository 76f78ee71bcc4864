/** Views: what a screen shows, under a name. The hub keeps them; what a browser kept before is offered to it once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import type { SavedView } from "../../api/types.ts";
import { toView, type View } from "../../app/view.ts";

/** What is to be kept: a screen, and what its address says of what is shown. */
export interface NewView {
  readonly name: string;
  readonly screen: string;
  readonly search: View;
  readonly shared: boolean;
}

/** The views of a screen, and what can be done with them. */
export function useViews(screen: string) {
  const client = useQueryClient();
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: queries.views.queryKey });
  const { data, error } = useQuery(queries.views);
  const save = useMutation({
    mutationFn: async (views: readonly NewView[]) => {
      for (const body of views) await ask("post /v1/views", { body });
    },
    onSettled: again,
  });
  const forget = useMutation({
    mutationFn: (id: string) => ask(`delete /v1/views/${encodeURIComponent(id)}`),
    onSettled: again,
  });
  return {
    views: data?.items.filter((view) => view.screen === screen),
    isKept: data?.kept ?? true,
    save: save.mutateAsync,
    forget: (id: string) => forget.mutate(id),
    error: save.error ?? forget.error ?? error,
  };
}

/** What an address says of what is shown: not what is chosen of it, nor where in it somebody is. */
export function seenIn({ id: _, after: __, ...search }: View): View {
  return search;
}

/** "to:writer · range 1h" */
export function wordsOf({ where, ...rest }: View): string {
  const others = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return [where, ...others].filter(Boolean).join(" · ") || "everything";
}

/** Views as a file that can be kept elsewhere and taken in again. */
export const asFile = (views: readonly SavedView[]): string =>
  `${JSON.stringify({ views: views.map(({ name, screen, search, shared }) => ({ name, screen, search, shared })) }, undefined, 2)}\n`;

/** The views of such a file, or of what a browser kept before. Nothing where it is none. */
export function viewsIn(text: string): readonly NewView[] {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return [];
  }
  const list: unknown = Array.isArray(said) ? said : Object(said).views;
  return (Array.isArray(list) ? list : []).flatMap(toNewView);
}

/** The only screen that had views once, and the words that they had. */
const FIRST = "/messages";

function toNewView(value: unknown): NewView[] {
  const { name, search, shared, screen = FIRST, where, range } = Object(value) as Record<string, unknown>;
  const words = Object(search ?? { where, range }) as Record<string, unknown>;
  const isText = Object.values(words).every((each) => each === undefined || typeof each === "string");
  if (typeof name !== "string" || name.trim() === "" || typeof screen !== "string" || !isText) return [];
  return [{ name: name.trim().slice(0, 80), screen, search: seenIn(toView(words)), shared: shared === true }];
}

const LOCAL = "hermod.views";

/** What this browser kept before the hub did. */
export const leftHere = (): readonly NewView[] => viewsIn(localStorage.getItem(LOCAL) ?? "[]");
export const forgetHere = (): void => localStorage.removeItem(LOCAL);
