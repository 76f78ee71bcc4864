/** Offer box: the agent's contract: what it takes and gives, with the JSON Schemas. */
import type { Offer, Operation } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { Json } from "../../parts/json.tsx";
import { counted, plain } from "../../parts/text.ts";

export function OfferBox({ offer }: { readonly offer: Offer }) {
  const { contract, operations, types, topics, keyed, concurrency, version, config } = offer;
  return (
    <Box title={contract === undefined ? "Takes messages by type" : `Contract ${plain(contract)}`}>
      <div className="grid grid-cols-1 gap-2 text-small">
        <p className="text-soft">
          {keyed ? "One of many, each with its own key; " : ""}
          {counted(concurrency, "message")} at a time
          {types.length > 0 && `; ${types.join(", ")}`}
          {topics.length > 0 && `; listens to ${plain(topics.join(", "))}`}
          {version !== undefined && (
            <>
              ; version of its schemas <span className="font-mono">{version}</span>
            </>
          )}
        </p>
        {config !== undefined && (
          <details className="rounded-chip border border-line px-2.5 py-1">
            <summary className="cursor-pointer">How it was set up</summary>
            <div className="py-2">
              <Json value={config} label="How it was set up" />
            </div>
          </details>
        )}
        {operations.map((operation) => (
          <OperationRow key={`${operation.kind} ${operation.name}`} operation={operation} />
        ))}
      </div>
    </Box>
  );
}

function OperationRow({
  operation: { name, kind, description, in: input, out },
}: {
  readonly operation: Operation;
}) {
  return (
    <details className="rounded-chip border border-line px-2.5 py-1">
      <summary className="cursor-pointer">
        <span className="text-tiny text-soft">{kind}</span> <span className="font-mono">{plain(name)}</span>
        {description !== undefined && <span className="text-soft"> {plain(description)}</span>}
      </summary>
      <div className="grid gap-2 py-2">
        {input === undefined ? (
          <p className="text-soft">Its schema cannot be said as JSON Schema.</p>
        ) : (
          <Json value={input} label={`Input of ${name}`} />
        )}
        {out !== undefined && <Json value={out} label={`Reply of ${name}`} />}
      </div>
    </details>
  );
}
