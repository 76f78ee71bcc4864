/** Chosen place: what was chosen in the tree, why it ended the last time, and a restart of it with those who are affected. */
import { X } from "lucide-react";
import type { Child, SystemStatus } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { AgentName, MessageId } from "../../parts/links.tsx";
import { counted, plain } from "../../parts/text.ts";
import { Acts } from "../agents/acts.tsx";
import { affectedBy, namesBelow, type Line } from "./places.ts";

export interface ChosenPlaceProps {
  readonly line: Line;
  readonly place: Child;
  readonly systems: readonly SystemStatus[];
  readonly onClose: () => void;
}

export function ChosenPlace({ line, place, systems, onClose }: ChosenPlaceProps) {
  const below = namesBelow(place);
  const running = systems.filter(({ tree = [] }) => tree.some((each) => runs(each, place.name)));
  return (
    <aside
      aria-label="The chosen place"
      className="grid gap-1.5 border-t border-line bg-panel px-3 py-2 text-small"
    >
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <span className="py-1 font-medium">
          {place.type === "supervisor" ? plain(place.name) : <AgentName address={place.name} />}
        </span>
        <span className="py-1 text-soft">
          {place.type}, {place.restart}, in {plain(line.client || line.system)}
          {below.length > 0 &&
            `, above ${counted(below.length, "place")}: ${plain(below.slice(0, 8).join(", "))}${below.length > 8 ? " …" : ""}`}
        </span>
        <span className="grow" />
        <Acts
          key={line.id}
          opens="up"
          name={place.name}
          clients={running.map(({ client, system }) => client ?? system)}
          isPaused={place.paused ?? false}
          isSupervisor={place.type === "supervisor"}
          also={affectedBy(place, line.parent)}
        />
        <Button kind="quiet" aria-label="Close" onClick={onClose}>
          <X size={14} aria-hidden />
        </Button>
      </div>
      {place.error && (
        <p className="text-bad">
          Last exit: {plain(place.error.message)}{" "}
          <span className="font-mono text-tiny">{place.error.code}</span>
          {place.message !== undefined && (
            <>
              {" "}
              at <MessageId id={place.message} />
            </>
          )}
        </p>
      )}
    </aside>
  );
}

function runs(place: Child, name: string): boolean {
  return place.name === name || (place.children ?? []).some((each) => runs(each, name));
}
