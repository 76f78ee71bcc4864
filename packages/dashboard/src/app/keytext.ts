/** Key text: how a key is called where the page shows it. */
const names: Readonly<Record<string, string>> = {
  ...{ Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" },
};

/** "Ctrl K" for "Mod+k", and "⌘ K" on a Mac; "g o" stays as it is. */
export function keyText(keys: string, isMac = /Mac|iPhone|iPad/u.test(navigator.userAgent)): string {
  if (keys === " ") return "Space";
  const [, mod, key] = /^(Mod|Alt)\+(.+)$/u.exec(keys) ?? [];
  if (mod === undefined || key === undefined) return names[keys] ?? keys;
  return `${mod === "Alt" ? "Alt" : isMac ? "⌘" : "Ctrl"} ${key.toUpperCase()}`;
}
