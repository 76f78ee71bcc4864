/** View: what the address says of a screen besides its path: plain text, so that it can be read, typed and sent to somebody. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export interface View {
  /** A filter. */
  readonly where?: string;
  /** What is chosen. */
  readonly id?: string;
  /** Which group of a list is open. */
  readonly group?: string;
  /** Which way it is shown. */
  readonly view?: string;
  /** Where in a list it begins. */
  readonly after?: string;
  /** From when to when: "5m", "1h", "24h", "7d". */
  readonly range?: string;
  /** The one agent that it is about. */
  readonly agent?: string;
  /** What is not shown, and what is shown as one. */
  readonly hide?: string;
  readonly fold?: string;
  /** What it is compared with. */
  readonly with?: string;
}

const names = ["where", "id", "group", "view", "after", "range", "agent", "hide", "fold", "with"] as const;
const MOST = 4096;

/** Only what is known and says something. */
export function toView(search: Readonly<Record<string, unknown>>): View {
  const said = names.map((name) => [name, search[name]] as const);
  return Object.fromEntries(said.filter(([, value]) => typeof value === "string" && value !== ""));
}

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([name, value]) => [name, value.slice(0, MOST)]),
  );
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const text = new URLSearchParams(Object.entries(toView(search))).toString();
  return text === "" ? "" : `?${text}`;
}

/** What the address says, and how to change a part of it; `replace` leaves no step behind to go back to. */
export function useView(): readonly [
  View,
  (change: Partial<Record<keyof View, string | undefined>>, replace?: boolean) => void,
] {
  const view = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (part: Partial<Record<keyof View, string | undefined>>, replace = true) =>
      void navigate({ to: ".", search: (before: View) => toView({ ...before, ...part }), replace }),
    [navigate],
  );
  return [view, change];
}
