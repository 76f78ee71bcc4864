/** Letter: one dead letter: why it died, what each attempt said, the newest first, and what it holds. */
import type { DeadLetter, ErrorRecord } from "../../api/types.ts";
import { AgentName, ConversationId, MessageId } from "../../parts/links.tsx";
import { writtenOut } from "../../parts/json.tsx";
import { Payload } from "../../parts/payload.tsx";
import { plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { Button } from "../../parts/button.tsx";
import { Redriven } from "./letters.tsx";

export interface LetterProps {
  readonly letter: DeadLetter;
  readonly mayRedrive: boolean;
  readonly maySend: boolean;
  readonly onRedrive: () => void;
  readonly onDrop: () => void;
  readonly onResend: () => void;
}

export function Letter({ letter, mayRedrive, maySend, onRedrive, onDrop, onResend }: LetterProps) {
  const { envelope, mailbox, reason, error, attempts, diedAt, generation } = letter;
  const refused = mayRedrive ? undefined : "You may not: it needs the right to redrive";
  return (
    <div className="grid gap-4 text-small">
      <div className="flex flex-wrap gap-2">
        <Button kind="main" disabled={!mayRedrive} title={refused} onClick={onRedrive}>
          Redrive
        </Button>
        <Button
          disabled={!maySend}
          title={maySend ? undefined : "You may not: it needs the right to send"}
          onClick={onResend}
        >
          Edit and send anew
        </Button>
        <Button kind="bad" disabled={!mayRedrive} title={refused} onClick={onDrop}>
          Drop
        </Button>
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 [&>dd]:min-w-0 [&>dd]:break-words [&>dt]:text-soft">
        <dt>message</dt>
        <dd>
          <MessageId id={envelope.id} whole />
        </dd>
        <dt>conversation</dt>
        <dd>
          <ConversationId id={envelope.conversationId} whole />
        </dd>
        <dt>from → to</dt>
        <dd>
          <AgentName address={envelope.from} /> → <AgentName address={mailbox ?? envelope.to} />
        </dd>
        <dt>operation</dt>
        <dd>
          {envelope.verb} {plain(envelope.operation)}
        </dd>
        <dt>died</dt>
        <dd>
          <Time at={diedAt} ago />, {reason} <Redriven generation={generation} />
        </dd>
      </dl>
      {error && <ErrorText error={error} />}
      <section aria-label="Attempts" className="grid gap-1">
        <h3 className="font-semibold">Attempts</h3>
        <ol className="grid gap-1">
          {attempts.toReversed().map(({ number, startedAt, endedAt, outcome, error: why }) => (
            <li
              key={`${number} ${startedAt}`}
              className="flex flex-wrap gap-x-3 border-b border-line/60 pb-1"
            >
              <span className="text-soft">{number}</span>
              <Time at={startedAt} />
              <span className="text-soft">{spanText(Date.parse(endedAt) - Date.parse(startedAt))}</span>
              <span>{outcome}</span>
              {why && (
                <span className="min-w-0 break-words text-bad">{plain(why.message.slice(0, 500))}</span>
              )}
            </li>
          ))}
        </ol>
        {attempts.length === 0 && <p className="text-soft">Nobody has tried it.</p>}
      </section>
      <section aria-label="Payload" className="grid gap-1">
        <h3 className="font-semibold">Payload</h3>
        <Payload envelope={envelope} list="dead-letters" />
      </section>
    </div>
  );
}

function ErrorText({ error }: { readonly error: ErrorRecord }) {
  const { stack, hint } = error as ErrorRecord & { readonly stack?: unknown; readonly hint?: unknown };
  return (
    <section aria-label="Error" className="grid gap-1 rounded-chip border border-bad bg-badwash p-2">
      <p className="max-h-40 overflow-auto font-medium break-words" tabIndex={0}>
        {plain(error.message.slice(0, 2000))}
      </p>
      <p className="font-mono text-tiny text-soft">{error.code}</p>
      {typeof hint === "string" && <p className="break-words">{plain(hint)}</p>}
      {typeof stack === "string" && (
        <details>
          <summary className="cursor-pointer text-soft">Stack</summary>
          <pre tabIndex={0} aria-label="Stack" className="overflow-auto font-mono text-tiny whitespace-pre">
            {writtenOut(stack.slice(0, 8000))}
          </pre>
        </details>
      )}
    </section>
  );
}
