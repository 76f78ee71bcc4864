/** Message: all that is known of one: what it says, where its time went, what went wrong, and what belongs to it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useCanGoBack, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useKeys } from "../app/keys.ts";
import { useMay } from "../app/me.ts";
import { useView } from "../app/view.ts";
import type { Envelope, MessageRecord } from "../api/types.ts";
import { Button } from "../parts/button.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { ConversationId, MessageId } from "../parts/links.tsx";
import { Payload, useWhole } from "../parts/payload.tsx";
import { Problem } from "../parts/problem.tsx";
import { Box, Screen } from "../parts/screen.tsx";
import { plain } from "../parts/text.ts";
import { messageQuery, talkQuery } from "./message/asked.ts";
import { Attempts } from "./message/attempts.tsx";
import { CopyMenu } from "./message/copymenu.tsx";
import { Copies } from "./message/copies.tsx";
import { refusalOf } from "./message/copyas.ts";
import { Details } from "./message/details.tsx";
import { ExportButton } from "./message/exportbutton.tsx";
import { familyOf, type Family } from "./message/family.ts";
import { glanceOf, remember, type Glance } from "./message/glance.ts";
import { Grave } from "./message/grave.tsx";
import { Headline, Trouble } from "./message/headline.tsx";
import { Kin } from "./message/kin.tsx";
import { Notes } from "./message/notes.tsx";
import { Resend } from "./message/resend.tsx";
import { Timeline } from "./message/timeline.tsx";
import { toLine } from "./messages/line.ts";

export function Message() {
  const { id = "" } = useParams({ strict: false });
  return <OneMessage key={id} id={id} />;
}

function OneMessage({ id }: { readonly id: string }) {
  const { data: records, error, refetch } = useQuery(messageQuery(id));
  const [{ view }] = useView();
  useEscape();
  const record = records?.find(({ mailbox }) => mailbox === view) ?? records?.[0];
  const known = record ? toLine(record) : glanceOf(id);
  if (error && !record) return <Problem error={error} again={() => void refetch()} />;
  if (records?.length === 0 && !known) return <Missing id={id} />;
  return record ? (
    <Whole record={record} records={records ?? []} />
  ) : (
    <Screen title="Message" tools={<MessageId id={id} whole />}>
      {known ? (
        <AtOnce glance={known} />
      ) : (
        <p role="status" className="text-small text-soft">
          Asking the hub …
        </p>
      )}
    </Screen>
  );
}

/** Back to where one was, however much of the message is there already. */
function useEscape(): void {
  const navigate = useNavigate();
  const { history } = useRouter();
  const canGoBack = useCanGoBack();
  useKeys(
    useMemo(
      () => [
        {
          keys: "Escape",
          does: "Back",
          run: () => (canGoBack ? history.back() : void navigate({ to: "/messages" })),
        },
      ],
      [history, canGoBack, navigate],
    ),
  );
}

function Missing({ id }: { readonly id: string }) {
  return (
    <Screen title="Message">
      <Empty title="No message with this id is remembered">
        <p className="break-all">{plain(id)}</p>
        <p className="mt-2">
          It may have been forgotten, or not be yours to read. What there is:{" "}
          <Command>npx hermod messages ls</Command>
        </p>
      </Empty>
    </Screen>
  );
}

function AtOnce({ glance }: { readonly glance: Glance }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Headline glance={glance} />
      <Trouble error={glance.error} />
      <Box title="Payload">
        <p className="font-mono text-small wrap-anywhere text-soft">{plain(glance.preview)}</p>
      </Box>
    </div>
  );
}

function Whole({
  record,
  records,
}: {
  readonly record: MessageRecord;
  readonly records: readonly MessageRecord[];
}) {
  const { envelope, attempts, state, mailbox } = record;
  const line = useMemo(() => toLine(record), [record]);
  const isOpen = state === "waiting" || state === "running";
  const { data: talk } = useQuery(talkQuery(envelope.conversationId, isOpen));
  const family = useMemo(() => familyOf(talk?.lines ?? [], envelope.id), [talk, envelope.id]);
  const [isEditing, setEditing] = useState(false);
  const mayNot = useMay()("send", envelope.topic ?? agentOf(envelope.to))
    ? undefined
    : "You may not: it needs the right to send";
  const refusal = refusalOf(envelope) ?? mayNot;
  const { whole, error } = useWhole(envelope, isEditing);
  return (
    <Screen
      title="Message"
      tools={
        <>
          <MessageId id={envelope.id} whole />
          <Neighbours family={family} lines={talk?.lines ?? []} />
          <span className="grow" />
          <ExportButton id={envelope.id} />
          {whole && <CopyMenu envelope={whole} />}
          <Button
            kind="main"
            disabled={refusal !== undefined || isEditing}
            title={refusal}
            onClick={() => setEditing(true)}
          >
            Edit and send again
          </Button>
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <Headline glance={line} />
          <span className="text-small text-soft">
            conversation <ConversationId id={envelope.conversationId} /> ·{" "}
            <Link
              to="/traces/$id"
              params={{ id: envelope.conversationId }}
              search={{ id: envelope.id }}
              className="underline decoration-line underline-offset-2 hover:decoration-accent"
            >
              trace
            </Link>
          </span>
        </div>
        <Copies records={records} chosen={record} />
        {state === "dead" && <Grave id={envelope.id} mailbox={mailbox} />}
        {state !== "done" && state !== "dead" && <Trouble error={attempts.at(-1)?.error?.message} />}
        {isEditing && whole && <Resend envelope={whole} close={() => setEditing(false)} />}
        {isEditing && error && <Problem error={error} />}
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 min-[1150px]:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
            <Box title="Payload">
              <Payload envelope={envelope} />
            </Box>
            <Box title="Where the time went">
              <Timeline record={record} replies={family.replies} />
            </Box>
            <Box title="Attempts">
              <Attempts attempts={attempts} />
            </Box>
            <Notes id={envelope.id} isOpen={isOpen || isRecent(envelope)} />
          </div>
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
            <Box title="Cause and effects">
              {talk ? (
                <Kin family={family} isCut={talk.isCut} />
              ) : (
                <p className="text-small text-soft">Asking the hub …</p>
              )}
            </Box>
            <Box title="Envelope">
              <Details record={record} />
            </Box>
          </div>
        </div>
      </div>
    </Screen>
  );
}

/** Notes of an attempt may come a little after its end was told. */
const isRecent = ({ sentAt }: Envelope): boolean => Date.now() - Date.parse(sentAt) < 10_000;

/** Rights are of agents, not of their instances. */
const agentOf = (address: string | undefined): string | undefined => address?.split("#", 1)[0];

interface NeighboursProps {
  readonly family: Family;
  readonly lines: readonly Glance[];
}

function Neighbours({ family: { before, after, place, count }, lines }: NeighboursProps) {
  const navigate = useNavigate();
  const go = useCallback(
    (id: string | undefined) => {
      const line = lines.find((each) => each.id === id);
      if (line) remember(line);
      if (id !== undefined) void navigate({ to: "/messages/$id", params: { id }, replace: true });
    },
    [navigate, lines],
  );
  useKeys(
    useMemo(
      () => [
        { keys: "[", does: "Message before in the conversation", run: () => go(before) },
        { keys: "]", does: "Next message in the conversation", run: () => go(after) },
      ],
      [go, before, after],
    ),
  );
  if (place === 0) return null;
  return (
    <span className="flex items-center gap-1 text-tiny text-soft">
      <Button
        kind="quiet"
        aria-label="Message before ([)"
        title="["
        disabled={before === undefined}
        onClick={() => go(before)}
      >
        <ChevronLeft size={14} aria-hidden />
      </Button>
      {place} of {count}
      <Button
        kind="quiet"
        aria-label="Next message (])"
        title="]"
        disabled={after === undefined}
        onClick={() => go(after)}
      >
        <ChevronRight size={14} aria-hidden />
      </Button>
    </span>
  );
}
