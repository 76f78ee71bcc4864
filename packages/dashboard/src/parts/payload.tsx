/** Payload: what a message says: large ones come cut, and whole when asked for; pictures and bytes as chips, what the hub hides is said. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Image, Package } from "lucide-react";
import { useMemo, useState } from "react";
import { ask } from "../api/client.ts";
import type { Envelope, MessageRecord, Page } from "../api/types.ts";
import { apart, type Blob64 } from "./blobs.ts";
import { Button } from "./button.tsx";
import { Json } from "./json.tsx";
import { Problem } from "./problem.tsx";
import { plain, sizeText } from "./text.ts";

const wholeQuery = (id: string, enabled: boolean) =>
  queryOptions({
    queryKey: ["payload", id],
    queryFn: async ({ signal }) => {
      const query = { where: `id:${JSON.stringify(id)}`, limit: 1 };
      const { items } = await ask<Page<MessageRecord>>("get /v1/history", { query, signal });
      return { payload: items[0]?.envelope.payload ?? null };
    },
    enabled,
    staleTime: Infinity,
  });

/** The message with its whole payload: at once where it did not come cut, else once it was loaded, which is done as soon as it is `wanted`. */
export function useWhole(envelope: Envelope, wanted: boolean): Envelope | undefined {
  const isCut = envelope.beginning !== undefined;
  const { data } = useQuery(wholeQuery(envelope.id, isCut && wanted));
  return isCut ? data && { ...envelope, payload: data.payload } : envelope;
}

export function Payload({
  envelope,
  label = "Payload",
}: {
  readonly envelope: Envelope;
  readonly label?: string;
}) {
  const { beginning } = envelope;
  return typeof beginning === "string" ? (
    <Cut key={envelope.id} envelope={envelope} beginning={beginning} label={label} />
  ) : (
    <Whole value={envelope.payload} label={label} />
  );
}

function Cut({
  envelope: { id, size = 0 },
  beginning,
  label,
}: {
  readonly envelope: Envelope;
  readonly beginning: string;
  readonly label: string;
}) {
  const [isWanted, want] = useState(false);
  const { data, error, isFetching, refetch } = useQuery(wholeQuery(id, isWanted));
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
