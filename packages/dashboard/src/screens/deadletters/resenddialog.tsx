/** Resend dialog: a dead letter's payload, to be changed and sent anew as a message of its own. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ask } from "../../api/client.ts";
import type { DeadLetter } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { CloseButton, Dialog } from "../../parts/dialog.tsx";
import { Json } from "../../parts/json.tsx";
import { useWhole } from "../../parts/payload.tsx";
import { Problem } from "../../parts/problem.tsx";
import { nameOf, plain } from "../../parts/text.ts";
import { placeOf, readPayload, resend, type Sent } from "./resend.ts";

export interface ResendDialogProps {
  readonly letter: DeadLetter;
  readonly mayDrop: boolean;
  readonly onClose: () => void;
}

export function ResendDialog(props: ResendDialogProps) {
  const { letter, onClose } = props;
  const { whole, error } = useWhole(letter.envelope, true, "dead-letters");
  if (whole) return <Editing {...props} letter={{ ...letter, envelope: whole }} />;
  return (
    <Dialog title="Edit and send anew" onClose={onClose}>
      {error ? <Problem error={error} /> : <p role="status">Asking the hub …</p>}
    </Dialog>
  );
}

function Editing({ letter, mayDrop, onClose }: ResendDialogProps) {
  const { envelope, mailbox } = letter;
  const [text, setText] = useState(() => JSON.stringify(envelope.payload, null, 2) ?? "");
  const [drops, setDrops] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const payload = readPayload(text);
  const sending = useMutation({
    mutationFn: async (value: unknown): Promise<Sent> => {
      const sent = await resend(letter, value, new AbortController().signal);
      if (drops) await ask("post /v1/dead-letters/discard", { body: { id: letter.id } });
      return sent;
    },
    onSuccess: (sent) => {
      void client.invalidateQueries({ queryKey: ["dead letter groups"] });
      void client.invalidateQueries({ queryKey: ["dead letters of"] });
      if ("id" in sent) void navigate({ to: "/messages/$id", params: { id: sent.id } });
    },
  });
  const place = placeOf(letter);
  const said = sending.data;
  if (said && "reply" in said)
    return (
      <Dialog title="It was answered" onClose={onClose}>
        <Json value={said.reply} label="Reply" />
        <div className="flex items-center justify-end gap-2 text-small">
          <Link
            to="/conversations/$id"
            params={{ id: said.conversation }}
            className="rounded-chip border border-strong px-2.5 py-1 hover:bg-hover"
          >
            See the conversation
          </Link>
          <CloseButton>Close</CloseButton>
        </div>
      </Dialog>
    );
  return (
    <Dialog title="Edit and send anew" onClose={onClose}>
      <form
        className="grid gap-3 text-small"
        onSubmit={(event) => {
          event.preventDefault();
          if ("value" in payload && place !== undefined) sending.mutate(payload.value);
        }}
      >
        <p>
          A new {envelope.verb} <strong>{plain(envelope.operation)}</strong> to{" "}
          <strong>{plain(nameOf(envelope.to ?? envelope.topic ?? mailbox))}</strong>, from you, in the same
          conversation.
        </p>
        {place === undefined && <p className="text-warn">Only systems send this: redrive it instead.</p>}
        <label className="grid gap-1">
          <span className="text-soft">Payload, as JSON</span>
          <textarea
            rows={12}
            spellCheck={false}
            aria-invalid={"wrong" in payload}
            className="rounded-chip border border-strong bg-paper p-2 font-mono text-small aria-invalid:border-bad"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        {"wrong" in payload && <p className="text-bad">{plain(payload.wrong)}</p>}
        {mayDrop && (
          <label className="flex items-center gap-2">
            <input type="checkbox" checked={drops} onChange={(event) => setDrops(event.target.checked)} />
            Drop this dead letter once it is sent
          </label>
        )}
        {sending.error && <Problem error={sending.error} />}
        <div className="flex justify-end gap-2">
          <CloseButton>Cancel</CloseButton>
          <Button
            kind="main"
            type="submit"
            disabled={place === undefined || "wrong" in payload || sending.isPending}
          >
            {sending.isPending ? "Sending …" : "Send"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
