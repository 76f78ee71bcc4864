/** Chat: the bodies of an OpenAI-compatible endpoint, whole and as server-sent events. */

/** What the endpoint answers once. */
export interface Say {
  readonly say?: string;
  /** Tools that it wants called; arguments as JSON text, broken if a test wants it so. */
  readonly calls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly finish?: string;
  readonly refusal?: string;
  /** Default 11 in and 7 out; null leaves it away. */
  readonly usage?: Readonly<Record<string, number>> | null;
}

/** A request's body, as far as it is looked at. */
export interface ChatBody {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly [field: string]: unknown;
}

const counted = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const head = { id: "chat-1", created: 1_700_000_000 };

/** The whole answer. */
export function completion(model: string, answer: Say): object {
  const { say = "", refusal, usage = counted } = answer;
  const calls = callsOf(answer);
  const message = {
    ...{ role: "assistant", content: say === "" ? null : say },
    ...(refusal !== undefined && { refusal }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const choices = [{ index: 0, message, finish_reason: finishOf(answer) }];
  return { ...head, object: "chat.completion", model, choices, ...(usage && { usage }) };
}

/** The same in events: a word each, tool calls in two pieces side by side, then the end and the usage. */
export function events(model: string, answer: Say): readonly string[] {
  const { say = "", refusal, usage = counted } = answer;
  const words = say.match(/\s*\S+/gu) ?? [];
  const calls = callsOf(answer);
  const deltas = [
    { role: "assistant", content: "" },
    ...words.map((content) => ({ content })),
    ...(refusal === undefined ? [] : [{ refusal }]),
    ...calls.map((call) => ({ tool_calls: [half(call, 0)] })),
    ...calls.map(({ index, function: { arguments: text } }) => ({
      tool_calls: [{ index, function: { arguments: text.slice(middle(text)) } }],
    })),
  ];
  const chunk = (fields: object): string =>
    event({ ...head, object: "chat.completion.chunk", model, ...fields });
  return [
    ...deltas.map((delta) => chunk({ choices: [{ index: 0, delta, finish_reason: null }] })),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: finishOf(answer) }] }),
    ...(usage ? [chunk({ choices: [], usage })] : []),
    "data: [DONE]\n\n",
  ];
}

export function event(data: unknown): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

type Call = ReturnType<typeof callsOf>[number];

function callsOf({ calls = [] }: Say) {
  return calls.map((made, index) => ({
    ...{ index, id: `call-${index + 1}`, type: "function", function: made },
  }));
}

function half({ function: { name, arguments: text }, ...call }: Call, from: number): object {
  return { ...call, function: { name, arguments: text.slice(from, middle(text)) } };
}

/** Of a tool's arguments all but the last character: the SDK takes what parses as JSON for whole. */
function middle(text: string): number {
  return Math.max(0, text.length - 1);
}

function finishOf({ calls = [], finish }: Say): string {
  return finish ?? (calls.length > 0 ? "tool_calls" : "stop");
}
