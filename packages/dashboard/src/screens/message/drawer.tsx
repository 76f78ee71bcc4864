/** Message drawer: a message beside the list that it was chosen in: at once what its row knows, then all of it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import type { MessageRecord } from "../../api/types.ts";
import { Drawer } from "../../parts/drawer.tsx";
import { ConversationId, MessageId } from "../../parts/links.tsx";
import { Payload } from "../../parts/payload.tsx";
import { Problem } from "../../parts/problem.tsx";
import { plain } from "../../parts/text.ts";
import { idOf, keyOf, toLine } from "../messages/line.ts";
import { messageQuery } from "./asked.ts";
import { Attempts } from "./attempts.tsx";
import { glanceOf, remember, type Glance } from "./glance.ts";
import { Grave } from "./grave.tsx";
import { Headline, Trouble } from "./headline.tsx";
import { Timeline } from "./timeline.tsx";

export interface MessageDrawerProps {
  /** The key of a row, or the id of a message. */
  readonly chosen: string;
  readonly glance: Glance | undefined;
  readonly onClose: () => void;
}

export function MessageDrawer({ chosen, glance, onClose }: MessageDrawerProps) {
  const id = glance?.id ?? idOf(chosen);
  const { data, error, refetch } = useQuery(messageQuery(id));
  const router = useRouter();
  // The page that Enter opens is to be there at once.
  useEffect(() => void router.preloadRoute({ to: "/messages/$id", params: { id } }), [router, id]);
  const record = data?.find((each) => keyOf(each) === chosen) ?? data?.[0];
  const known = record ? toLine(record) : (glance ?? glanceOf(id));
  return (
    <Drawer title="Message" onClose={onClose}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        {known && <Headline glance={known} />}
        {known && <Ids glance={known} />}
        {error && <Problem error={error} again={() => void refetch()} />}
        {data?.length === 0 && (
          <p className="text-small text-soft">No message with the id {plain(id)} is remembered.</p>
        )}
        {record ? <Known record={record} /> : known && <Beginning glance={known} />}
      </div>
    </Drawer>
  );
}

function Ids({ glance }: { readonly glance: Glance }) {
  const { id, conversation } = glance;
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-small text-soft">
      <span>
        message <MessageId id={id} />
      </span>
      <span>
        conversation <ConversationId id={conversation} />
      </span>
      <Link
        to="/messages/$id"
        params={{ id }}
        onClick={() => remember(glance)}
        className="ml-auto rounded-chip border border-strong px-2 py-0.5 text-ink hover:bg-hover"
      >
        Open (Enter)
      </Link>
    </p>
  );
}

function Beginning({ glance: { preview, error } }: { readonly glance: Glance }) {
  return (
    <>
      <Trouble error={error} />
      <p className="rounded-chip border border-line bg-paper p-2 font-mono text-small wrap-anywhere text-soft">
        {plain(preview)}
      </p>
    </>
  );
}

function Known({ record }: { readonly record: MessageRecord }) {
  return (
    <>
      <Trouble error={record.attempts.at(-1)?.error?.message} />
      {record.state === "dead" && <Grave id={record.envelope.id} mailbox={record.mailbox} />}
      <Payload envelope={record.envelope} />
      <Timeline record={record} replies={none} />
      <Attempts attempts={record.attempts} />
    </>
  );
}

const none = [] as const;
