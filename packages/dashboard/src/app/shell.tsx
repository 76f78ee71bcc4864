/** Shell: what stands around every screen: the menu, how things stand with the hub, the theme, and the sheet of keys. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Monitor, Moon, Search, Sun } from "lucide-react";
import { Suspense, useMemo, useState } from "react";
import { HubError } from "../api/client.ts";
import { queries } from "../api/queries.ts";
import { lazily } from "../parts/lazily.ts";
import { Problem } from "../parts/problem.tsx";
import { plain } from "../parts/text.ts";
import { GoTo } from "./goto.tsx";
import { useKeys } from "./keys.ts";
import { keyText } from "./keytext.ts";
import { useMay } from "./me.ts";
import { screens } from "./screens.ts";
import { LinkState } from "./linkstate.tsx";
import { MenuCount } from "./menucount.tsx";
import { useTheme, type Theme } from "./theme.ts";

const KeySheet = lazily(async () => (await import("./keysheet.tsx")).KeySheet);

const PALETTE = "Mod+k";

export function Shell() {
  const [sheet, setSheet] = useState(false);
  const [palette, setPalette] = useState(false);
  const navigate = useNavigate();
  const keys = useMemo(
    () => [
      ...screens.map(({ path, name, letter }) => ({
        keys: `g ${letter}`,
        does: `Go to ${name}`,
        run: () => void navigate({ to: path }),
      })),
      { keys: PALETTE, does: "Go to anything", always: true, run: () => setPalette(true) },
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
        <button
          type="button"
          className="flex items-center gap-2 rounded-chip border border-line px-2 py-1 text-small text-soft hover:border-strong hover:text-ink"
          onClick={() => setPalette(true)}
        >
          <Search size={13} aria-hidden />
          Go to …<kbd className="font-mono text-tiny max-[720px]:hidden">{keyText(PALETTE)}</kbd>
        </button>
        <LinkState />
        <Who />
        <ThemeSwitch />
      </header>
      <Menu />
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 overflow-hidden [grid-area:main] outline-none">
        <Known />
      </main>
      {palette && <GoTo close={() => setPalette(false)} showKeys={() => setSheet(true)} />}
      {sheet && (
        <Suspense>
          <KeySheet close={() => setSheet(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The screen, once the hub knows who asks: nothing else is asked before, since it counts wrong tokens. */
function Known() {
  const { error, isPending, failureCount } = useQuery(queries.me);
  if (error instanceof HubError && error.code === "HERMOD_UNAUTHORIZED") return <Problem error={error} />;
  return isPending && failureCount === 0 ? null : <Outlet />;
}

/** Whose token the page has; on a hub without tokens there is only one who can be meant. */
function Who() {
  const { data: me } = useQuery(queries.me);
  if (me === undefined || me.open) return null;
  return (
    <Link to="/system" className="max-w-40 truncate text-small text-soft hover:text-ink" title="You">
      {plain(me.name)}
    </Link>
  );
}

/** What is told to nobody but who may read of everything. */
const whole: ReadonlySet<string> = new Set(["/supervision"]);

function Menu() {
  const may = useMay();
  const { data: me } = useQuery(queries.me);
  return (
    <nav
      aria-label="Screens"
      className="relative flex flex-col gap-px overflow-auto border-r border-line bg-panel p-2 [grid-area:side] max-[720px]:flex-row max-[720px]:border-r-0 max-[720px]:border-b"
    >
      {screens.map(({ path, name, letter, icon: Icon }) => (
        <Link
          key={path}
          to={path}
          disabled={whole.has(path) && !may("read")}
          title={
            whole.has(path) && !may("read")
              ? "You may not: it needs the right to read of everything"
              : undefined
          }
          activeOptions={{ exact: path === "/", includeSearch: false }}
          activeProps={{ className: "bg-chosen text-ink font-medium", "aria-current": "page" }}
          inactiveProps={{ className: "text-soft" }}
          className="group flex items-center gap-2 rounded-chip px-2 py-1 hover:bg-hover hover:text-ink aria-disabled:cursor-not-allowed aria-disabled:opacity-50"
        >
          <Icon size={15} aria-hidden className="shrink-0" />
          <span className="truncate">{name}</span>
          {me && <MenuCount path={path} />}
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
