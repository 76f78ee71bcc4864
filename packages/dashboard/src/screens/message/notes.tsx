/** Notes: what a message's handler logged and which language models it called, attempt by attempt. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { ask, HubError } from "../../api/client.ts";
import type { AttemptNote, LogNote, MessageNotes, ModelNote } from "../../api/types.ts";
import { writtenOut } from "../../parts/json.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Box } from "../../parts/screen.tsx";
import { countText, plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { costText, sumOf } from "./costs.ts";

const OFTEN = 1500;

const notesQuery = (id: string, isOpen: boolean) =>
  queryOptions({
    queryKey: ["notes", id],
    queryFn: ({ signal }) =>
      ask<MessageNotes>(`get /v1/messages/${encodeURIComponent(id)}/notes`, { signal }),
    refetchInterval: isOpen && OFTEN,
    staleTime: 1000,
  });

export function Notes({ id, isOpen }: { readonly id: string; readonly isOpen: boolean }) {
  const { data, error, refetch } = useQuery(notesQuery(id, isOpen));
  if (error && !(error instanceof HubError && error.code === "HERMOD_NOT_FOUND"))
    return <Problem error={error} again={() => void refetch()} />;
  if (!data) return null;
  const calls = data.notes.filter((note) => note.type === "model");
  const lines = data.notes.filter((note) => note.type === "log");
  return (
    <>
      {calls.length > 0 && <Calls calls={calls} />}
      {lines.length > 0 && <Lines lines={lines} />}
      {data.cut.map(({ agent, attempt, count }) => (
        <p key={`${agent} ${attempt}`} className="text-small text-warn">
          {count} more of attempt {attempt} of {plain(agent)} {count === 1 ? "was" : "were"} not kept.
        </p>
      ))}
    </>
  );
}

const head = "px-2 py-1 text-left font-normal whitespace-nowrap";
const cell = "px-2 py-1 align-top whitespace-nowrap";

function Calls({ calls }: { readonly calls: readonly AttemptNote<ModelNote>[] }) {
  const sum = sumOf(calls);
  return (
    <Box title="Model calls" tools={<span className="text-tiny text-soft">{costText(sum)}</span>}>
      <div className="overflow-auto" tabIndex={0} role="region" aria-label="Calls of language models">
        <table aria-label="Calls of language models" className="w-full text-small">
          <thead>
            <tr className="text-tiny text-soft">
              {["ended", "model", "in", "out", "cost", "took", "end"].map((name) => (
                <th key={name} scope="col" className={head}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {calls.map((call, at) => (
              <Call key={at} call={call} />
            ))}
          </tbody>
        </table>
      </div>
    </Box>
  );
}

function Call({ call }: { readonly call: AttemptNote<ModelNote> }) {
  const { at, model, simulated, inputTokens, outputTokens, cost, ms, waited, finish, error, attempt } = call;
  return (
    <tr className="border-t border-line/60">
      <td className={cell} title={`Attempt ${attempt}`}>
        <Time at={at} />
      </td>
      <td className={`${cell} max-w-60 truncate`}>
        {plain(model)}
        {simulated && (
          <span
            className="ml-1.5 rounded-chip bg-infowash px-1 text-tiny text-info"
            title="No real model answered"
          >
            simulated
          </span>
        )}
      </td>
      <td className={cell}>{countText(inputTokens)}</td>
      <td className={cell}>{countText(outputTokens)}</td>
      <td className={cell}>{cost === undefined ? "–" : costText({ cost })}</td>
      <td className={cell}>
        {spanText(ms)}
        {waited >= 1 && <span className="text-soft"> ({spanText(waited)} waiting)</span>}
      </td>
      <td className={`${cell} whitespace-normal ${error ? "text-bad" : ""}`}>
        {error ? `✖ ${plain(error.message)}` : plain(finish ?? "")}
      </td>
    </tr>
  );
}

const tones = { debug: "text-soft", info: "text-info", warn: "text-warn", error: "text-bad" } as const;

function Lines({ lines }: { readonly lines: readonly AttemptNote<LogNote>[] }) {
  const isRetried = lines.some(({ attempt }) => attempt !== lines[0]?.attempt);
  return (
    <Box title="Log">
      <ol
        aria-label="Lines that its handler logged"
        className="grid max-h-[50vh] gap-0.5 overflow-auto text-small"
        tabIndex={0}
      >
        {lines.map(({ at, level, text, data, attempt }, number) => (
          <li key={number} className="grid grid-cols-[auto_3rem_minmax(0,1fr)] gap-x-2">
            <span>
              <Time at={at} />
              {isRetried && <span className="text-tiny text-soft"> #{attempt}</span>}
            </span>
            <span className={`font-mono text-tiny ${tones[level]}`}>{level}</span>
            <span className="wrap-anywhere">
              {plain(text)}
              {data !== undefined && (
                <span className="ml-2 font-mono text-tiny text-soft">{writtenOut(dataText(data))}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Box>
  );
}

const dataText = (data: unknown): string => (typeof data === "string" ? data : (JSON.stringify(data) ?? ""));
