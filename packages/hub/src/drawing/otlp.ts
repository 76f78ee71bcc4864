/**
 * OTLP: a trace as the JSON that collectors of OpenTelemetry take: for each message a span of its sender, below it one for each attempt to handle it, which
 * links back. What is said in messages is not told. Ids are those of the trace context where there is one, else made of the message's own. Pure.
 */
import { endOf, type Spans } from "./spans.ts";

/** As OTLP counts them. */
const kinds = { client: 3, producer: 4, consumer: 5 } as const;
const failed = new Set(["failed", "dead", "retried", "lease-expired"]);

/** The trace of `traceparent`; "" where it is none. */
export function traceIdOf(context: string): string {
  return /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-/u.exec(context)?.[1] ?? "";
}

/** `now` is where what is in flight ends. */
export function toOtlp(spans: Spans, now: number): object {
  const all = Array.from({ length: spans.count }, (_, at) => [
    sentSpan(spans, at, now),
    ...handledSpans(spans, at),
  ]);
  // A span stands with whom it is of: who sends, or who handles.
  const owners = all.flatMap((own, at) =>
    own.map((span, place) => [place === 0 ? spans.senders[at] : spans.receivers[at], span] as const),
  );
  const resourceSpans = [...Map.groupBy(owners, ([name]) => name)].map(([name = "", own]) => ({
    resource: { attributes: attributes({ "service.name": name }) },
    scopeSpans: [{ scope: { name: "hermod" }, spans: own.map(([, span]) => span) }],
  }));
  return { resourceSpans };
}

function sentSpan(spans: Spans, at: number, now: number): object {
  const { verbs, operations, receivers, sent, ended, states, contexts, parent } = spans;
  const waits = verbs[at] === "call" || verbs[at] === "task";
  const above = parent[at] as number;
  const begun = sent[at] as number;
  const parentSpanId =
    above < 0 ? (/-([\da-f]{16})-[\da-f]{2}$/u.exec(contexts[at] ?? "")?.[1] ?? "") : lastTry(spans, above);
  const state = states[at] as string;
  const isBad = state === "failed" || state === "dead";
  return {
    ...ids(spans, at, sentId(spans, at), parentSpanId),
    name: `send ${operations[at]}`,
    kind: waits ? kinds.client : kinds.producer,
    ...times(begun, waits ? endOf(spans, at, now) : begun),
    attributes: attributes({
      ...about(spans, at, "send"),
      "messaging.destination.name": receivers[at] ?? "",
      "hermod.state": state,
      ...(Number.isNaN(ended[at]) && { "hermod.in_flight": "true" }),
    }),
    status: isBad ? { code: 2, message: state } : { code: 0 },
  };
}

function handledSpans(spans: Spans, at: number): object[] {
  const { tries, tryFrom, tryTo, tryOutcomes, tryErrors, operations } = spans;
  const first = tries[at] as number;
  const sender = sentId(spans, at);
  return Array.from({ length: (tries[at + 1] as number) - first }, (_, place) => {
    const each = first + place;
    const outcome = tryOutcomes[each] as string;
    return {
      ...ids(spans, at, tryId(spans, at, place + 1), sender),
      name: `process ${operations[at]}`,
      kind: kinds.consumer,
      ...times(tryFrom[each] as number, tryTo[each] as number),
      attributes: attributes({
        ...about(spans, at, "process"),
        ...{ "hermod.attempt": String(place + 1), "hermod.outcome": outcome },
      }),
      links: [{ traceId: traceOf(spans, at), spanId: sender }],
      status: failed.has(outcome) ? { code: 2, message: tryErrors[each] ?? outcome } : { code: 0 },
    };
  });
}

function about({ ids: all, conversations }: Spans, at: number, type: string) {
  return {
    "messaging.system": "hermod",
    "messaging.operation.type": type,
    "messaging.message.id": all[at] ?? "",
    "messaging.message.conversation_id": conversations[at] ?? "",
  };
}

function ids(spans: Spans, at: number, spanId: string, parentSpanId: string) {
  return { traceId: traceOf(spans, at), spanId, ...(parentSpanId !== "" && { parentSpanId }) };
}

function traceOf({ contexts, conversations }: Spans, at: number): string {
  const known = traceIdOf(contexts[at] ?? "");
  if (known !== "") return known;
  const conversation = conversations[at] ?? "";
  const hex = conversation.replaceAll("-", "").toLowerCase();
  return /^[\da-f]{32}$/u.test(hex) ? hex : hash(conversation) + hash(`${conversation}+`);
}

const sentId = ({ ids: all, receivers }: Spans, at: number): string => hash(`${all[at]} ${receivers[at]}`);
const tryId = ({ ids: all, receivers }: Spans, at: number, number: number): string =>
  hash(`${all[at]} ${receivers[at]} ${number}`);

/** What is sent while a message is handled was sent by its last attempt. */
function lastTry(spans: Spans, at: number): string {
  const count = (spans.tries[at + 1] as number) - (spans.tries[at] as number);
  return count === 0 ? sentId(spans, at) : tryId(spans, at, count);
}

const times = (from: number, to: number) => ({
  startTimeUnixNano: `${Math.round(from)}000000`,
  endTimeUnixNano: `${Math.round(Math.max(from, to))}000000`,
});

const attributes = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** 16 hexadecimal digits of a text, the same each time (FNV-1a, twice). */
function hash(text: string): string {
  let [a, b] = [0x81_1c_9d_c5, 0x9d_c5_81_1c];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01_00_01_93);
    b = Math.imul(b ^ (code + at), 0x01_00_01_93);
  }
  const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
  const id = hex(a) + hex(b);
  return id === "0000000000000000" ? "0000000000000001" : id;
}
