/** Client: how the page asks the hub. Whoever has a token says it once; it is kept for this tab alone and goes into a header, never into an address. */

const TOKEN = "hermod.token";

export const token = {
  get: (): string | undefined => sessionStorage.getItem(TOKEN) ?? undefined,
  set: (value: string): void => sessionStorage.setItem(TOKEN, value),
  forget: (): void => sessionStorage.removeItem(TOKEN),
};

/** What the hub answers where something is wrong: a code, what is wrong, and what to do next. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly code: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, hint: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}

export interface Asking {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks the hub: `ask("get /v1/history", { query: { where } })`. @throws HubError with the hub's code and hint. */
export async function ask<T>(place: string, asking: Asking = {}): Promise<T> {
  const text = await (await askWhole(place, asking)).text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The answer itself, for what is read as it comes. @throws HubError as `ask`. */
export async function askWhole(place: string, { query = {}, body, signal }: Asking = {}): Promise<Response> {
  const [method = "get", path = ""] = place.split(" ");
  const response = await reach(`${path}${toQuery(query)}`, {
    method: method.toUpperCase(),
    headers: headersFor(body !== undefined || method === "post"),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  throw toHubError(await response.text(), response.status);
}

function headersFor(hasBody: boolean): Record<string, string> {
  const known = token.get();
  return {
    accept: "application/json",
    ...(hasBody && { "content-type": "application/json" }),
    ...(known !== undefined && { authorization: `Bearer ${known}` }),
  };
}

async function reach(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new HubError("UNREACHABLE", "the hub does not answer", "Is it running? Start it with: npm start");
  }
}

function toQuery(query: NonNullable<Asking["query"]>): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return said.length === 0
    ? ""
    : `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`;
}

/** What the hub said, or that it said nothing that we know. */
export function toHubError(text: string, status: number): HubError {
  try {
    const { code, message, hint, details } = (JSON.parse(text) as { error: HubError }).error;
    return new HubError(code, message, hint, details);
  } catch {
    return new HubError(
      `HTTP ${status}`,
      "the hub gave no answer that can be read",
      "Look at the hub's own output.",
    );
  }
}
