/** Bar: filter of the live table, and what it shows besides. */
import { Button } from "../../parts/button.tsx";
import { FilterBox } from "../../parts/filterbox.tsx";
import { ViewMenu } from "../../parts/views/viewmenu.tsx";

export interface LiveBarProps {
  readonly where: string;
  readonly onWhere: (where: string) => void;
  readonly isPaused: boolean;
  readonly onPause: () => void;
  readonly words: ReadonlySet<string>;
  readonly onWord: (word: "system" | "colours") => void;
}

export function LiveBar({ where, onWhere, isPaused, onPause, words, onWord }: LiveBarProps) {
  return (
    <div className="flex min-h-12 flex-wrap items-center gap-3 border-b border-line bg-panel px-4 py-2">
      <h1 className="text-base font-semibold">Live</h1>
      <FilterBox where={where} onWhere={onWhere} />
      <Switch label="Colour conversations" isOn={words.has("colours")} onSwitch={() => onWord("colours")} />
      <Switch label="System traffic" isOn={words.has("system")} onSwitch={() => onWord("system")} />
      <ViewMenu />
      <Button onClick={onPause}>{isPaused ? "Follow" : "Pause"}</Button>
    </div>
  );
}

function Switch({
  label,
  isOn,
  onSwitch,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onSwitch: () => void;
}) {
  return (
    <label className="flex items-center gap-1.5 text-small text-soft">
      <input type="checkbox" checked={isOn} onChange={onSwitch} />
      {label}
    </label>
  );
}
