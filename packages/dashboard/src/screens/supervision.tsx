/** Supervision: what runs in each system, below whom, and how it does there; walked by arrow keys. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { queries } from "../api/queries.ts";
import type { Child, SystemStatus } from "../api/types.ts";
import { useView } from "../app/view.ts";
import { Command, Empty } from "../parts/empty.tsx";
import { Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { counted } from "../parts/text.ts";
import { WordBox } from "./agents/wordbox.tsx";
import { ChosenPlace } from "./supervision/chosenplace.tsx";
import { toLines } from "./supervision/places.ts";
import { Strip } from "./supervision/strip.tsx";
import { TreeGrid } from "./supervision/treegrid.tsx";

const ILL = "ill";

export function Supervision() {
  const [{ where = "", view }, change] = useView();
  const query = useQuery(queries.systemsNow);
  return (
    <Screen
      title="Supervision"
      fills
      tools={
        <>
          <WordBox
            text={where}
            onText={(text) => change({ where: text })}
            example="name, type, state or error"
          />
          <label className="flex items-center gap-1.5 text-small">
            <input
              type="checkbox"
              checked={view === ILL}
              onChange={(event) => change({ view: event.target.checked ? ILL : undefined })}
            />
            only what is not well
          </label>
        </>
      }
    >
      <Shown query={query}>{(systems) => <Tree systems={systems} />}</Shown>
    </Screen>
  );
}

function Tree({ systems }: { readonly systems: readonly SystemStatus[] }) {
  const [{ where = "", view, id }, change] = useView();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const onlyIll = view === ILL;
  const lines = useMemo(
    () => toLines(systems, { words: where, onlyIll, folded }),
    [systems, where, onlyIll, folded],
  );
  const choose = useCallback((chosen: string | undefined) => change({ id: chosen }), [change]);
  const fold = useCallback(
    (line: string, isOpen: boolean) =>
      setFolded((before) => (isOpen ? before.difference(new Set([line])) : before.union(new Set([line])))),
    [],
  );
  const navigate = useNavigate();
  const open = useCallback(
    (place: Child | undefined) => {
      if (place === undefined || place.type === "supervisor") return;
      void navigate({ to: "/agents/$name", params: { name: place.name }, search: {} });
    },
    [navigate],
  );
  const isEmpty = systems.every(({ tree = [] }) => tree.length === 0);
  if (isEmpty && where === "" && !onlyIll)
    return (
      <Empty title="Nothing runs behind this hub yet">
        Start agents beside it: <Command>npx hermod dev agents.ts</Command>
      </Empty>
    );
  if (lines.length === 0)
    return (
      <Empty title={onlyIll ? "Everything is well" : "Nothing fits"}>
        {onlyIll
          ? "Nothing has failed, is starting, or was started again."
          : `${counted(systems.length, "system")} were looked through.`}
      </Empty>
    );
  const chosen = lines.find((line) => line.id === id);
  return (
    <div className="flex h-full flex-col">
      <Strip systems={systems} onChoose={choose} />
      <TreeGrid lines={lines} chosen={id} onChoose={choose} onFold={fold} onOpen={open} />
      {chosen?.place && (
        <ChosenPlace line={chosen} place={chosen.place} systems={systems} onClose={() => choose(undefined)} />
      )}
    </div>
  );
}
