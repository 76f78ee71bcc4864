/** Palette: any screen, agent, id or act of the page by a few letters of its name. */
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { queries } from "../api/queries.ts";
import { zone } from "../parts/text.ts";
import {
  agentCommands,
  fits,
  idCommands,
  screenCommands,
  searchCommands,
  type Command,
  type Go,
  type Group,
} from "./commands.ts";
import { FieldLine, field, name, popup, type TypedProps } from "./goto.tsx";
import { keyboard } from "./keys.ts";
import { applyTheme } from "./theme.ts";

export interface PaletteProps extends TypedProps {
  readonly showKeys: () => void;
  /** What has the focus again where the palette is left. */
  readonly from: Element | null;
}

export function Palette({ typed, onType, close, showKeys, from }: PaletteProps) {
  const router = useRouter();
  const { data: agents } = useQuery({ ...queries.agents, refetchInterval: false });
  const groups = useMemo(() => {
    const go: Go = (path) => router.history.push(path);
    return groupsOf(typed, agents?.map(({ name }) => name) ?? [], go, showKeys);
  }, [typed, agents, router, showKeys]);
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-10 bg-paper/70" />
        <Dialog.Popup
          aria-label={name}
          className={popup}
          finalFocus={() => (from instanceof HTMLElement ? from : true)}
        >
          <Autocomplete.Root
            open
            inline
            mode="none"
            items={groups}
            value={typed}
            onValueChange={onType}
            itemToStringValue={(item: Command) => item.label}
            autoHighlight="always"
            keepHighlight
          >
            <FieldLine>
              <Autocomplete.Input {...field} />
            </FieldLine>
            <Autocomplete.Empty>
              <p className="p-4 text-small text-soft">There is nothing of that name.</p>
            </Autocomplete.Empty>
            <Autocomplete.List className="min-h-0 overflow-auto p-1 empty:hidden">
              {(group: Group) => (
                <Autocomplete.Group key={group.value} items={group.items}>
                  <Autocomplete.GroupLabel className="px-2 pt-2 pb-1 text-tiny text-soft">
                    {group.value}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(item: Command) => (
                      <Autocomplete.Item
                        key={item.value}
                        value={item}
                        className="flex cursor-pointer items-center gap-3 rounded-chip px-2 py-1 data-highlighted:bg-chosen"
                        onClick={() => (close(), item.run())}
                      >
                        <span className="min-w-0 truncate">{item.label}</span>
                        <span className="ml-auto font-mono text-tiny whitespace-nowrap text-soft">
                          {item.note}
                        </span>
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
          <p className="border-t border-line px-3 py-1.5 text-tiny text-soft">
            Enter opens · ↑ ↓ choose · Esc closes · paste an id to open its message or conversation
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function groupsOf(typed: string, names: readonly string[], go: Go, showKeys: () => void): readonly Group[] {
  const chosen = (group: Group): Group => ({
    ...group,
    items: group.items.filter((each) => fits(each, typed)),
  });
  const all = [
    idCommands(typed, go),
    chosen(screenCommands(go)),
    agentCommands(names, typed, go),
    chosen(actions(showKeys)),
    searchCommands(typed, go),
  ];
  return all.filter(({ items }) => items.length > 0);
}

/** What the page can do, wherever one is. */
function actions(showKeys: () => void): Group {
  const theme = (name: "light" | "dark" | "system", label: string): Command => ({
    ...{ value: `theme ${name}`, label, note: "theme", run: () => applyTheme(name) },
  });
  const items: readonly Command[] = [
    theme("light", "Colours: light"),
    theme("dark", "Colours: dark"),
    theme("system", "Colours: as the system says"),
    { value: "keys", label: "Show the keys", note: "?", run: showKeys },
    {
      value: "utc",
      label: zone.utc ? "Times: in my zone" : "Times: in UTC",
      note: "time",
      run: () => ((zone.utc = !zone.utc), location.reload()),
    },
    {
      value: "letters",
      label: `Single letters: turn ${keyboard.letters ? "off" : "on"}`,
      note: "keys",
      run: () => (keyboard.letters = !keyboard.letters),
    },
  ];
  return { value: "Do", items };
}
