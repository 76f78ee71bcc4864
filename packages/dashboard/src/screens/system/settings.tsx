/** Settings: how the page looks and listens in this browser. */
import { useState, type ReactNode } from "react";
import { keyboard } from "../../app/keys.ts";
import { useTheme, type Theme } from "../../app/theme.ts";
import { Box } from "../../parts/screen.tsx";
import { zone } from "../../parts/text.ts";

const themes: readonly (readonly [Theme, string])[] = [
  ["system", "As the system says"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** `onZone` hears that times are to be shown otherwise. */
export function SettingsBox({ onZone }: { readonly onZone: () => void }) {
  const [theme, setTheme] = useTheme();
  const [letters, setLetters] = useState(keyboard.letters);
  const [utc, setUtc] = useState(zone.utc);
  return (
    <Box title="Settings of this page">
      <div className="grid gap-4 text-small">
        <Choice name="Colours">
          {themes.map(([name, text]) => (
            <Radio
              key={name}
              {...{ group: "theme", text }}
              on={theme === name}
              onChoose={() => setTheme(name)}
            />
          ))}
        </Choice>
        <Choice name="Times">
          {[false, true].map((on) => (
            <Radio
              key={String(on)}
              group="zone"
              text={on ? "UTC" : `Local: ${Intl.DateTimeFormat().resolvedOptions().timeZone}`}
              on={utc === on}
              onChoose={() => ((zone.utc = on), setUtc(on), onZone())}
            />
          ))}
        </Choice>
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            className="mt-1"
            checked={letters}
            onChange={(event) => {
              keyboard.letters = event.target.checked;
              setLetters(event.target.checked);
            }}
          />
          <span>
            Single letters do something
            <span className="block text-soft">Off for whoever speaks to the machine. ? lists the keys.</span>
          </span>
        </label>
        <p className="text-soft">Kept in this browser alone.</p>
      </div>
    </Box>
  );
}

function Choice({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 text-soft">{name}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-1">{children}</div>
    </fieldset>
  );
}

function Radio({
  group,
  text,
  on,
  onChoose,
}: {
  readonly group: string;
  readonly text: string;
  readonly on: boolean;
  readonly onChoose: () => void;
}) {
  return (
    <label className="flex items-center gap-1.5">
      <input type="radio" name={group} checked={on} onChange={onChoose} />
      {text}
    </label>
  );
}
