/** Agent: what one agent is doing now and what waits for it; below that how to speak to it, where it runs, and what it said last. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { agentQueries } from "../api/agentqueries.ts";
import type { AgentDetail } from "../api/types.ts";
import { useKeys } from "../app/keys.ts";
import { ConditionWord } from "../parts/condition.tsx";
import { Box, Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { plain } from "../parts/text.ts";
import { CallForm } from "./agent/callform.tsx";
import { Records } from "./agent/messages.tsx";
import { Now } from "./agent/now.tsx";
import { OfferBox } from "./agent/offerbox.tsx";
import { StateBox } from "./agent/statebox.tsx";
import { Whereabouts } from "./agent/whereabouts.tsx";
import { Acts } from "./agents/acts.tsx";
import { conditionOf } from "./agents/condition.ts";
import { rates } from "./agents/rates.ts";

export function Agent() {
  const { name } = useParams({ from: "/agents/$name" });
  return <OneAgent key={name} name={name} />;
}

function OneAgent({ name }: { readonly name: string }) {
  const query = useQuery(agentQueries.detail(name));
  const { data: agent } = query;
  const navigate = useNavigate();
  useKeys(
    useMemo(
      () => [
        {
          keys: "Escape",
          does: "Back to the agents",
          run: () => void navigate({ to: "/agents", search: { id: name } }),
        },
      ],
      [navigate, name],
    ),
  );
  if (agent) rates.add(query.dataUpdatedAt, agent);
  return (
    <Screen title={plain(name)} tools={agent && <Tools agent={agent} at={query.dataUpdatedAt} />}>
      <Shown query={query}>{(known) => <Detail agent={known} at={query.dataUpdatedAt} />}</Shown>
    </Screen>
  );
}

function Tools({ agent, at }: { readonly agent: AgentDetail; readonly at: number }) {
  return (
    <>
      <span className="text-small">
        <ConditionWord {...conditionOf(agent, rates.of(agent.name), at)} />
      </span>
      <span className="grow" />
      <Acts
        name={agent.name}
        clients={agent.clients ?? []}
        systems={agent.systems}
        isPaused={(agent.paused ?? 0) > 0}
        also={agent.places?.flatMap(({ place }) => place.children?.map(({ name }) => name) ?? []) ?? []}
      />
    </>
  );
}

function Detail({ agent, at }: { readonly agent: AgentDetail; readonly at: number }) {
  return (
    <div className="grid grid-cols-1 gap-4">
      {agent.mailbox && <Now agent={agent} pace={rates.of(agent.name)} at={at} />}
      <div className="grid grid-cols-1 items-start gap-4 min-[1100px]:grid-cols-2">
        <Box title="Send a message">
          <CallForm name={agent.name} offer={agent.offer} />
        </Box>
        <div className="grid grid-cols-1 gap-4">
          <Whereabouts agent={agent} />
          {agent.offer && <OfferBox offer={agent.offer} />}
          {agent.offer?.config?.["state"] === true && (
            <StateBox name={agent.name} apart={String(agent.offer.config["apart"])} />
          )}
        </div>
      </div>
      {agent.mailbox && <Recent name={agent.name} />}
    </div>
  );
}

function Recent({ name }: { readonly name: string }) {
  const query = useQuery(agentQueries.recent(name));
  const where = JSON.stringify(name);
  return (
    <Box
      title="Recent messages"
      tools={
        <span className="flex gap-3 text-tiny">
          <Link to="/messages" search={{ where: `to:${where}` }} className="underline">
            all that it got
          </Link>
          <Link to="/messages" search={{ where: `from:${where}` }} className="underline">
            all that it sent
          </Link>
        </span>
      }
    >
      <Shown query={query}>
        {(items) =>
          items.length === 0 ? (
            <p className="text-small text-soft">It has said and heard nothing in the last seven days.</p>
          ) : (
            <div className="overflow-x-auto">
              <Records items={items} />
            </div>
          )
        }
      </Shown>
    </Box>
  );
}
