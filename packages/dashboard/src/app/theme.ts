/** Theme: light, dark or as the system says; public/theme.js applies it before the first paint. */
import { useState } from "react";

export type Theme = "system" | "light" | "dark";

const THEME = "hermod.theme";

function themeNow(): Theme {
  const said = localStorage.getItem(THEME);
  return said === "light" || said === "dark" ? said : "system";
}

function apply(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem(THEME);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(THEME, theme);
    document.documentElement.dataset["theme"] = theme;
  }
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(themeNow);
  return [theme, (next) => (apply(next), setTheme(next))];
}
