/** Details: every field of an envelope by its name; what is an id or an address leads there. */
import type { ReactNode } from "react";
import type { MessageRecord } from "../../api/types.ts";
import { writtenOut } from "../../parts/json.tsx";
import { AgentName, ConversationId, MessageId } from "../../parts/links.tsx";
import { dateText, plain, sizeText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

const priorities = ["", "low", "normal", "high", "urgent"];
/** Shown elsewhere on the page. */
const ELSEWHERE = new Set(["payload"]);
const LONG = 400;

const looks: Readonly<Record<string, (value: never) => ReactNode>> = {
  id: (id: string) => <MessageId id={id} whole />,
  causeId: (id: string) => <MessageId id={id} whole />,
  correlationId: (id: string) => <MessageId id={id} whole />,
  inReplyTo: (id: string) => <MessageId id={id} whole />,
  conversationId: (id: string) => <ConversationId id={id} whole />,
  from: (address: string) => <Address address={address} />,
  to: (address: string) => <Address address={address} />,
  mailbox: (address: string) => <Address address={address} />,
  replyTo: (address: string) => <Address address={address} />,
  sentAt: (at: string) => <When at={at} />,
  deadline: (at: string) => <When at={at} />,
  notBefore: (at: string) => <When at={at} />,
  size: (bytes: number) => sizeText(bytes),
  priority: (priority: number) => `${priority} ${priorities[priority] ?? ""}`,
  hops: (hops: readonly string[]) => hops.length > 0 && hops.map(plain).join(" → "),
  v: (version: number) => `form ${version}`,
};

export function Details({ record: { envelope, mailbox } }: { readonly record: MessageRecord }) {
  const { id, verb, type, operation, from, to, topic, conversationId, ...rest } = envelope;
  const inOrder = { id, verb, type, operation, from, to, topic, mailbox, conversationId, ...rest };
  return (
    <dl className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-3 gap-y-1 text-small">
      {Object.entries(inOrder).map(([name, value]) => {
        if (ELSEWHERE.has(name) || isNothing(value)) return null;
        const shown = looks[name] ? looks[name](value as never) : textOf(value);
        return (
          shown !== false && (
            <div key={name} className="contents">
              <dt className="text-soft">{name}</dt>
              <dd className="min-w-0 wrap-anywhere">{shown}</dd>
            </div>
          )
        );
      })}
    </dl>
  );
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === "" ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0)
  );
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : writtenOut(value);
  return plain(text.length > LONG ? `${text.slice(0, LONG)}…` : text);
}

/** The whole address stands beside the name where that leaves something out. */
function Address({ address }: { readonly address: string }) {
  return (
    <>
      <AgentName address={address} />
      {address.startsWith("~") && (
        <span className="block font-mono text-tiny text-soft">{plain(address)}</span>
      )}
    </>
  );
}

function When({ at }: { readonly at: string }) {
  return (
    <>
      {dateText(Date.parse(at)).slice(0, 10)} <Time at={at} />{" "}
      <span className="text-soft">
        (<Time at={at} ago />)
      </span>
    </>
  );
}
