/** Call form: a message to the agent, by a form made of its contract or as JSON; and what came back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Send, Square } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { ask } from "../../api/client.ts";
import type { Offer } from "../../api/types.ts";
import { useMay } from "../../app/me.ts";
import { useView } from "../../app/view.ts";
import { Button } from "../../parts/button.tsx";
import { plain } from "../../parts/text.ts";
import { CallResult, type Sent } from "./callresult.tsx";
import { blank, defaultOf, toField, written, type Complaint, type Typed } from "./fields.ts";
import { FormField } from "./formfield.tsx";
import { meanings, newId, sendablesOf, type Sendable, type SendVerb } from "./verbs.ts";

const INPUT = "rounded-chip border border-strong bg-paper px-2 py-1 text-small";

export interface CallFormProps {
  readonly name: string;
  readonly offer: Offer | undefined;
}

export function CallForm({ name, offer }: CallFormProps) {
  const [{ id }, change] = useView();
  const sendables = useMemo(() => sendablesOf(offer), [offer]);
  const chosen = sendables.find((each) => each.name === id) ?? sendables[0];
  if (chosen === undefined || chosen.verbs.length === 0)
    return (
      <p className="text-small text-soft">
        It takes no messages by hand: only what is published to its topics.
      </p>
    );
  return (
    <div className="grid grid-cols-1 gap-3">
      {!chosen.isFree && (
        <div role="group" aria-label="Operation" className="flex flex-wrap gap-1">
          {sendables.map((each) => (
            <Button
              key={each.name}
              aria-pressed={each === chosen}
              className="aria-pressed:border-accent aria-pressed:bg-chosen aria-pressed:font-medium"
              onClick={() => change({ id: each.name })}
            >
              {plain(each.name)}
            </Button>
          ))}
        </div>
      )}
      {chosen.description !== undefined && (
        <p className="text-small text-soft">{plain(chosen.description)}</p>
      )}
      <Form key={chosen.name} {...{ name, sendable: chosen, isKeyed: offer?.keyed ?? false }} />
    </div>
  );
}

interface Wanted {
  readonly verb: SendVerb;
  readonly operation: string;
  readonly to: string;
  readonly body: unknown;
}

/** Sends it, and remembers by which conversation it can be found whatever becomes of it. */
function useSending(name: string) {
  const client = useQueryClient();
  const stop = useRef(new AbortController());
  const sending = useMutation({
    mutationFn: async ({ verb, operation, to, body }: Wanted): Promise<Sent> => {
      const conversation = newId();
      const began = performance.now();
      stop.current = new AbortController();
      const place = `post /v1/agents/${encodeURIComponent(to)}/${encodeURIComponent(operation)}`;
      const answered = ask<unknown>(place, {
        query: { verb, conversation },
        body,
        signal: stop.current.signal,
      });
      const end = await answered.then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      return { verb, conversation, ms: performance.now() - began, ...end };
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["recent", name] }),
        client.invalidateQueries({ queryKey: ["agent", name] }),
      ]),
  });
  return {
    sending,
    stop: () => stop.current.abort(new Error("You went away before the reply, which cancels the call.")),
  };
}

function Form({
  name,
  sendable,
  isKeyed,
}: {
  readonly name: string;
  readonly sendable: Sendable;
  readonly isKeyed: boolean;
}) {
  const [{ view }, change] = useView();
  const field = useMemo(() => toField(sendable.in), [sendable.in]);
  const isRaw = view === "json" || field.kind === "json";
  const [verb, setVerb] = useState(sendable.verbs[0] as SendVerb);
  const [key, setKey] = useState("");
  const [operation, setOperation] = useState("say");
  const [typed, setTyped] = useState<Typed>(() => blank(field, defaultOf(sendable.in)));
  const [raw, setRaw] = useState(() => rawOf(written(field, typed).value));
  const [wrong, setWrong] = useState<readonly Complaint[]>([]);
  const { sending, stop } = useSending(name);
  const isMine = useMay()("send", name);
  const show = (json: boolean): void => {
    if (json) setRaw(rawOf(written(field, typed).value));
    else setTyped(blank(field, parsed(raw).value));
    change({ view: json ? "json" : undefined });
  };
  const send = (): void => {
    const made = isRaw ? parsed(raw) : written(field, typed);
    const missing = isKeyed && key === "" ? [{ path: "instance", rule: "is needed" }] : [];
    setWrong([...missing, ...made.wrong]);
    if (missing.length + made.wrong.length > 0) return;
    sending.mutate({
      ...{ verb, body: made.value, to: isKeyed ? `${name}#${key}` : name },
      operation: sendable.isFree ? operation : sendable.name,
    });
  };
  return (
    <form
      noValidate
      className="grid grid-cols-1 gap-3"
      onSubmit={(event) => (event.preventDefault(), send())}
    >
      {sendable.isFree && <Named label="operation" value={operation} onValue={setOperation} />}
      {isKeyed && (
        <Named
          label="instance"
          about="The agent is one of many: which one, for example user-42"
          value={key}
          onValue={setKey}
          wrong={wrong.find(({ path }) => path === "instance")?.rule}
        />
      )}
      {isRaw ? (
        <Raw value={raw} onValue={setRaw} wrong={wrong.find(({ path }) => path === "")?.rule} />
      ) : (
        <FormField {...{ field, typed, wrong }} onTyped={(next) => (setWrong([]), setTyped(next))} />
      )}
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label="How"
          className={INPUT}
          value={verb}
          onChange={(event) => setVerb(event.target.value as SendVerb)}
        >
          {sendable.verbs.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <Button
          kind="main"
          type="submit"
          disabled={!isMine || sending.isPending || (sendable.isFree && operation.trim() === "")}
          title={isMine ? undefined : "You may not: it needs the right to send"}
        >
          <Send size={13} aria-hidden />
          {sending.isPending ? "Waiting …" : "Send"}
        </Button>
        {sending.isPending && (
          <Button onClick={stop}>
            <Square size={12} aria-hidden />
            Stop
          </Button>
        )}
        {field.kind !== "json" && (
          <Button kind="quiet" onClick={() => show(!isRaw)}>
            {isRaw ? "as a form" : "as JSON"}
          </Button>
        )}
        <span className="text-tiny text-soft">{meanings[verb]}</span>
      </div>
      {wrong.length > 0 && (
        <p role="alert" className="text-small text-bad">
          Not sent:{" "}
          {plain(wrong.map(({ path, rule }) => `${path === "" ? "the input" : path} ${rule}`).join("; "))}
        </p>
      )}
      {sending.data && <CallResult sent={sending.data} />}
    </form>
  );
}

interface NamedProps {
  readonly label: string;
  readonly about?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly wrong?: string | undefined;
}

function Named({ label, about, value, onValue, wrong }: NamedProps) {
  return (
    <label className="grid gap-0.5 text-small">
      <span className="font-mono text-tiny">{label}</span>
      {about !== undefined && <span className="text-tiny text-soft">{about}</span>}
      <input
        type="text"
        autoComplete="off"
        spellCheck={false}
        aria-invalid={wrong !== undefined}
        className={`${INPUT} w-full aria-invalid:border-bad`}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
    </label>
  );
}

function Raw({ value, onValue, wrong }: Pick<NamedProps, "value" | "onValue" | "wrong">) {
  return (
    <label className="grid gap-0.5 text-small">
      <span className="text-tiny text-soft">
        <span className="font-mono text-ink">input</span> as JSON; nothing where it is empty
      </span>
      <textarea
        rows={7}
        spellCheck={false}
        aria-invalid={wrong !== undefined}
        className={`${INPUT} w-full font-mono aria-invalid:border-bad`}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
    </label>
  );
}

const rawOf = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value, null, 2));

function parsed(text: string): { readonly value: unknown; readonly wrong: readonly Complaint[] } {
  if (text.trim() === "") return { value: undefined, wrong: [] };
  try {
    return { value: JSON.parse(text) as unknown, wrong: [] };
  } catch (error) {
    return { value: undefined, wrong: [{ path: "", rule: `is no JSON: ${(error as Error).message}` }] };
  }
}
