/** Chosen: the agent that is chosen in the list, and what can be done to it there. */
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Button } from "../../parts/button.tsx";
import { ConditionWord } from "../../parts/condition.tsx";
import { AgentName } from "../../parts/links.tsx";
import { countText } from "../../parts/text.ts";
import { Acts } from "./acts.tsx";
import type { Row } from "./rows.ts";

export function Chosen({
  row: { agent, condition },
  onClose,
}: {
  readonly row: Row;
  readonly onClose: () => void;
}) {
  const navigate = useNavigate();
  const { name, clients = [], paused = 0, mailbox } = agent;
  const open = (): void => void navigate({ to: "/agents/$name", params: { name }, search: {} });
  return (
    <aside aria-label="The chosen agent" className="border-t border-line bg-panel px-3 py-2">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2 text-small">
        <span className="py-1 font-medium">
          <AgentName address={name} />
        </span>
        <span className="py-1">
          <ConditionWord {...condition} />
        </span>
        <span className="py-1 text-soft">
          {countText(mailbox?.waiting ?? 0)} waiting, {countText(mailbox?.delayed ?? 0)} delayed,{" "}
          {countText(mailbox?.running ?? 0)} in flight
        </span>
        <span className="grow" />
        <Acts
          key={name}
          opens="up"
          name={name}
          clients={clients}
          systems={agent.systems}
          isPaused={paused > 0}
        />
        <Button onClick={open}>Open and send a message</Button>
        <Button kind="quiet" aria-label="Close" onClick={onClose}>
          <X size={14} aria-hidden />
        </Button>
      </div>
    </aside>
  );
}
