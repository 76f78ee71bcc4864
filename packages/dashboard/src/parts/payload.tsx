/** Payload: what a message says: large ones come cut, and whole when asked for; pictures and bytes as chips, what the hub hides is said. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Image, Package } from "lucide-react";
import { useMemo, useState } from "react";
import { ask, HubError } from "../api/client.ts";
import type { Envelope, Page } from "../api/types.ts";
import { apart, type Blob64 } from "./blobs.ts";
import { CUT } from "./cut.ts";
import { Button } from "./button.tsx";
import { Json } from "./json.tsx";
import { Problem } from "./problem.tsx";
import { plain, sizeText } from "./text.ts";

/** Where a message is told of: a dead letter may outlast its place in the history. */
type List = "history" | "dead-letters";

const wholeQuery = (id: string, list: List, enabled: boolean) =>
  queryOptions({
    queryKey: ["payload", list, id],
    queryFn: async ({ signal }) => {
      const query = { where: `id:${JSON.stringify(id)}`, limit: 1 };
      const { items } = await ask<Page<{ readonly envelope: Envelope }>>(`get /v1/${list}`, {
        query,
        signal,
      });
      if (items[0]) return { payload: items[0].envelope.payload };
      throw new HubError(
        "HERMOD_NOT_FOUND",
        "the hub does not have this message any more",
        "What is shown is all that is left of it.",
      );
    },
    enabled,
    staleTime: Infinity,
  });

/** The message with its whole payload: at once where it did not come cut, else once it was loaded, which is done as soon as it is `wanted`. */
export function useWhole(
  envelope: Envelope,
  wanted: boolean,
  list: List = "history",
): { readonly whole: Envelope | undefined; readonly error: Error | null } {
  const { beginning, ...rest } = envelope;
  const isCut = beginning !== undefined;
  const { data, error } = useQuery(wholeQuery(envelope.id, list, isCut && wanted));
  return { whole: isCut ? data && { ...rest, payload: data.payload } : envelope, error };
}

export function Payload({
  envelope,
  list = "history",
  label = "Payload",
}: {
  readonly envelope: Envelope;
  readonly list?: List;
  readonly label?: string;
}) {
  const { beginning } = envelope;
  return typeof beginning === "string" ? (
    <Cut key={envelope.id} {...{ envelope, list, beginning, label }} />
  ) : (
    <Whole value={envelope.payload} label={label} />
  );
}

function Cut({
  envelope: { id, size = 0 },
  list,
  beginning,
  label,
}: {
  readonly envelope: Envelope;
  readonly list: List;
  readonly beginning: string;
  readonly label: string;
}) {
  // What is small comes with the page of it; here it stood in a line before it was opened.
  const [isWanted, want] = useState(size <= CUT);
  const { data, error, isFetching, refetch } = useQuery(wholeQuery(id, list, isWanted));
  if (data) return <Whole value={data.payload} label={label} />;
  return (
    <div className="grid gap-1">
      <Json value={beginning} label={`${label}, its beginning`} />
      <p className="flex items-center gap-2 text-small text-soft">
        The first {sizeText(beginning.length)} of {sizeText(size)}.
        <Button disabled={isFetching} onClick={() => want(true)}>
          {isFetching ? "Loading …" : "Load all"}
        </Button>
      </p>
      {error && <Problem error={error} again={() => void refetch()} />}
    </div>
  );
}

function Whole({ value, label }: { readonly value: unknown; readonly label: string }) {
  const told = useMemo(() => apart(value), [value]);
  return (
    <div className="grid gap-1">
      <Json value={told.value} label={label} />
      {told.blobs.length > 0 && (
        <ul aria-label="Pictures and bytes" className="flex flex-wrap gap-1.5 text-tiny">
          {told.blobs.map((blob) => (
            <Chip key={blob.path} blob={blob} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Chip({ blob: { path, type, size, picture } }: { readonly blob: Blob64 }) {
  const [isOpen, open] = useState(false);
  const Icon = type.startsWith("image/") ? Image : Package;
  return (
    <li className="grid gap-1 rounded-chip border border-line bg-paper px-1.5 py-0.5">
      <span className="flex items-center gap-1.5">
        <Icon size={12} aria-hidden />
        {plain(type)} · {sizeText(size)} <span className="font-mono text-soft">{plain(path)}</span>
        {picture && (
          <button type="button" className="underline" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
            {isOpen ? "hide" : "show"}
          </button>
        )}
      </span>
      {isOpen && (
        <img src={picture} alt={`At ${plain(path)}`} className="max-h-60 max-w-full object-contain" />
      )}
    </li>
  );
}
