/** Resend: the same message again with another payload, as a message of its own. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Envelope } from "../../api/types.ts";
import { HIDDEN } from "../../parts/hidden.ts";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Box } from "../../parts/screen.tsx";
import { nameOf, plain } from "../../parts/text.ts";
import { sendAgain } from "./sending.ts";

/** Characters that can be typed in; what is longer is sent by a program. */
const MOST = 1_000_000;

export function Resend({ envelope, close }: { readonly envelope: Envelope; readonly close: () => void }) {
  const [text, setText] = useState(() =>
    envelope.payload === undefined ? "" : JSON.stringify(envelope.payload, null, 2),
  );
  const [stand, setStand] = useState<{ readonly isBusy?: boolean; readonly error?: unknown }>({});
  const navigate = useNavigate();
  const wrong = complaintOf(text);
  const send = async (): Promise<void> => {
    setStand({ isBusy: true });
    try {
      const id = await sendAgain(envelope, text.trim() === "" ? undefined : JSON.parse(text));
      close();
      await navigate({ to: "/messages/$id", params: { id } });
    } catch (error) {
      setStand({ error });
    }
  };
  const to = plain(envelope.topic ?? nameOf(envelope.to));
  return (
    <Box title={`Send again to ${to}${envelope.operation === "" ? "" : ` · ${plain(envelope.operation)}`}`}>
      <form className="grid gap-2 text-small" onSubmit={(event) => (event.preventDefault(), void send())}>
        <label className="grid gap-1">
          Payload as JSON; nothing for none
          <textarea
            autoFocus
            spellCheck={false}
            rows={Math.min(18, Math.max(4, text.split("\n", 20).length + 1))}
            aria-invalid={wrong !== undefined}
            className="resize-y rounded-chip border border-strong bg-paper p-2 font-mono aria-invalid:border-bad"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") close();
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && wrong === undefined)
                void send();
            }}
          />
        </label>
        {wrong !== undefined && <p className="text-bad">{wrong}</p>}
        {stand.error !== undefined && <Problem error={stand.error} />}
        <p className="flex items-center gap-2">
          <Button kind="main" type="submit" disabled={wrong !== undefined || stand.isBusy}>
            {stand.isBusy ? "Sending …" : "Send"}
          </Button>
          <Button onClick={close}>Leave it</Button>
          <span className="text-tiny text-soft">
            It is a new message, from you, with a conversation of its own.
          </span>
        </p>
      </form>
    </Box>
  );
}

function complaintOf(text: string): string | undefined {
  if (text.length > MOST) return "That is too long to be edited here: hermod messages resend takes a file.";
  if (text.includes(HIDDEN)) return `Write what stands where it says ${HIDDEN}: nobody is shown that.`;
  if (text.trim() === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `That is no JSON: ${plain(error instanceof Error ? error.message : String(error)).slice(0, 200)}`;
  }
}
