/** The message that is looked at, beside the conversation: what it said, and what became of it, the newest attempt first. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/queries.ts";
import type { Attempt, MessageRecord } from "../../api/types.ts";
import { Drawer } from "../../parts/drawer.tsx";
import { Payload } from "../../parts/payload.tsx";
import { Kind } from "../../parts/kind.tsx";
import { AgentName, MessageId } from "../../parts/links.tsx";
import { Status } from "../../parts/status.tsx";
import { plain, sizeText, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

export interface MessageDrawerProps {
  readonly id: string;
  /** What is known of it; a published message has a record for each mailbox. */
  readonly known: readonly MessageRecord[];
  readonly onClose: () => void;
}

/** What is not known here, as a message of the conversation beside, is asked for. */
export function MessageDrawer({ id, known, onClose }: MessageDrawerProps) {
  const { data = [] } = useQuery({ ...queries.message(id), enabled: known.length === 0 });
  return <Shown records={known.length > 0 ? known : data} onClose={onClose} />;
}

function Shown({
  records,
  onClose,
}: {
  readonly records: readonly MessageRecord[];
  readonly onClose: () => void;
}) {
  const [first] = records;
  if (!first) return null;
  const { envelope } = first;
  return (
    <Drawer title={plain(envelope.operation || envelope.type)} onClose={onClose}>
      <div className="grid gap-4 text-small">
        <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-3 gap-y-1 [&>dd]:min-w-0 [&>dd]:break-words [&>dt]:text-soft">
          <dt>kind</dt>
          <dd>
            <Kind verb={envelope.verb} type={envelope.type} />
          </dd>
          <dt>from</dt>
          <dd>
            <AgentName address={envelope.from} />
          </dd>
          <dt>to</dt>
          <dd>
            {envelope.to === undefined ? (
              plain(envelope.topic ?? "nobody")
            ) : (
              <AgentName address={envelope.to} />
            )}
          </dd>
          <dt>sent</dt>
          <dd>
            <Time at={envelope.sentAt} /> · <Time at={envelope.sentAt} ago />
          </dd>
          {envelope.size !== undefined && (
            <>
              <dt>size</dt>
              <dd>{sizeText(envelope.size)}</dd>
            </>
          )}
          {envelope.inReplyTo !== undefined && (
            <>
              <dt>in reply to</dt>
              <dd>
                <MessageId id={envelope.inReplyTo} />
              </dd>
            </>
          )}
          <dt>message</dt>
          <dd>
            <MessageId id={envelope.id} whole />
          </dd>
        </dl>
        {records.map((record) => (
          <Fate key={record.mailbox ?? ""} record={record} isOne={records.length === 1} />
        ))}
        <Payload envelope={envelope} />
      </div>
    </Drawer>
  );
}

function Fate({
  record: { mailbox, state, attempts },
  isOne,
}: {
  readonly record: MessageRecord;
  readonly isOne: boolean;
}) {
  return (
    <div className="grid gap-1">
      <p className="flex items-center gap-2">
        <Status state={state} />
        {!isOne && <AgentName address={mailbox} />}
      </p>
      <ol aria-label="Attempts, the newest first" className="grid gap-1">
        {attempts.toReversed().map((attempt, at) => (
          <AttemptLine key={attempts.length - at} attempt={attempt} />
        ))}
      </ol>
    </div>
  );
}

function AttemptLine({
  attempt: { number, startedAt, endedAt, outcome, error },
}: {
  readonly attempt: Attempt;
}) {
  const isBad = error !== undefined;
  return (
    <li className={`rounded-chip border px-2 py-1 ${isBad ? "border-bad/40 bg-badwash" : "border-line"}`}>
      <p className="flex flex-wrap gap-x-3">
        <span className={isBad ? "text-bad" : ""}>
          {isBad ? "✖" : "✔"} attempt {number}: {outcome}
        </span>
        <span className="text-soft">
          <Time at={startedAt} /> · {spanText(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)))}
        </span>
      </p>
      {error && (
        <p className="break-words">
          {plain(error.message)} <span className="font-mono text-tiny text-soft">{plain(error.code)}</span>
        </p>
      )}
    </li>
  );
}
