/** Shell: what stands around every screen: the menu, how things stand with the hub, the theme, and the sheet of keys. */
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Monitor, Moon, Sun } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useKeys } from "./keys.ts";
import { screens } from "./screens.ts";
import { LinkState } from "./linkstate.tsx";
import { MenuCount } from "./menucount.tsx";
import { useTheme, type Theme } from "./theme.ts";

const KeySheet = lazy(() => import("./keysheet.tsx"));

export function Shell() {
  const [sheet, setSheet] = useState(false);
  const navigate = useNavigate();
  const keys = useMemo(
    () => [
      ...screens.map(({ path, name, letter }) => ({
        keys: `g ${letter}`,
        does: `Go to ${name}`,
        run: () => void navigate({ to: path }),
      })),
      { keys: "?", does: "Show the keys", run: () => setSheet(true) },
    ],
    [navigate],
  );
  useKeys(keys);
  return (
    <div className="shell">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-panel focus:p-2"
      >
        Skip to the screen
      </a>
      <header className="bar">
        <Link to="/" className="wordmark">
          hermod
        </Link>
        <span className="grow" />
        <LinkState />
        <ThemeSwitch />
      </header>
      <Menu />
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 overflow-hidden [grid-area:main] outline-none">
        <Outlet />
      </main>
      {sheet && (
        <Suspense>
          <KeySheet close={() => setSheet(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Menu() {
  return (
    <nav
      aria-label="Screens"
      className="flex flex-col gap-px overflow-auto border-r border-line bg-panel p-2 [grid-area:side] max-[720px]:flex-row max-[720px]:border-r-0 max-[720px]:border-b"
    >
      {screens.map(({ path, name, letter, icon: Icon }) => (
        <Link
          key={path}
          to={path}
          activeOptions={{ exact: path === "/", includeSearch: false }}
          activeProps={{ className: "bg-chosen text-ink font-medium", "aria-current": "page" }}
          inactiveProps={{ className: "text-soft" }}
          className="group flex items-center gap-2 rounded-chip px-2 py-1 hover:bg-hover hover:text-ink"
        >
          <Icon size={15} aria-hidden className="shrink-0" />
          <span className="truncate">{name}</span>
          <MenuCount path={path} />
          <kbd className="ml-auto hidden font-mono text-tiny text-soft group-hover:inline max-[720px]:hidden!">
            g {letter}
          </kbd>
        </Link>
      ))}
    </nav>
  );
}

const themes = { system: Monitor, light: Sun, dark: Moon } as const;
const after: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const Icon = themes[theme];
  return (
    <button
      type="button"
      className="rounded-chip p-1.5 text-soft hover:bg-hover hover:text-ink"
      aria-label={`Colours: ${theme}. Change to ${after[theme]}`}
      title={`Colours: ${theme}`}
      onClick={() => setTheme(after[theme])}
    >
      <Icon size={15} aria-hidden />
    </button>
  );
}
