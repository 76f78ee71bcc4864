/** Theme: light, dark or as the system says; public/theme.js applies it before the first paint. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const THEME = "hermod.theme";
const listeners = new Set<() => void>();

function themeNow(): Theme {
  const said = localStorage.getItem(THEME);
  return said === "light" || said === "dark" ? said : "system";
}

/** Applies a theme, and keeps it for this browser. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem(THEME);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(THEME, theme);
    document.documentElement.dataset["theme"] = theme;
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, themeNow), applyTheme];
}
