/** Text: how names, times and amounts are written on every screen. */

/** What others wrote, without what could turn the reading order or hide; it is always shown as text. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, "␣");
}

const PEOPLE = "~people/";

/** The name of an address: of a person without its prefix, of an agent that gets its answers by its system as the agent, of a system as "system". */
export function nameOf(address: string | undefined): string {
  if (address === undefined) return "nobody";
  if (address.startsWith(PEOPLE)) return address.slice(PEOPLE.length);
  return address.startsWith("~") ? (agentBehind(address) ?? "system") : address;
}

/** The agent that a system's address is for: "~0a1b/writer" is for the writer. */
export function agentBehind(address: string): string | undefined {
  const [, agent] = /^~(?!people\/)[^/]*\/(.+)$/.exec(address) ?? [];
  return agent;
}

export const isSystem = (address: string | undefined): boolean =>
  address !== undefined &&
  address.startsWith("~") &&
  !address.startsWith(PEOPLE) &&
  agentBehind(address) === undefined;

/** "12 ms", "1.4 s", "3 m 20 s", "2 h 5 m", "3 d 4 h". */
export function spanText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 59.5) return `${s < 9.95 ? s.toFixed(1) : Math.round(s)} s`;
  if (s < 60) return "1 m 0 s";
  const [days, hours, minutes] = [Math.floor(s / 86_400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} m` : `${minutes} m ${Math.floor(s % 60)} s`;
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** "812 B", "14 kB", "2.1 MB". */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  const amount = bytes / 1000 ** power;
  return `${power > 1 && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

/** "0", "0.03", "1.4", "212", "1,200": so many a second. */
export function rateText(rate: number): string {
  if (rate === 0 || rate >= 100) return countText(Math.round(rate));
  return rate >= 1 ? rate.toFixed(1) : rate < 0.01 ? "<0.01" : rate.toFixed(2);
}

/** When each of so many points begins, in milliseconds since 1970. */
export function timesOf(from: string, step: number, count: number): readonly number[] {
  const first = Date.parse(from);
  return Array.from({ length: count }, (_, at) => first + at * step);
}

const numbers = new Intl.NumberFormat("en");
export const countText = (count: number): string => numbers.format(count);

/** "1 message", "12 messages". */
export const counted = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;

const UTC = "hermod.utc";
let isUtc: boolean | undefined;

/** Whether times are shown in UTC; else in the reader's zone. */
export const zone = {
  get utc(): boolean {
    return (isUtc ??= globalThis.localStorage?.getItem(UTC) === "on");
  },
  set utc(on: boolean) {
    isUtc = on;
    localStorage.setItem(UTC, on ? "on" : "off");
  },
};

const two = (n: number): string => String(n).padStart(2, "0");

/** "14:03:07.120", in the reader's zone or in UTC. */
export function clockText(at: number, utc = zone.utc): string {
  const date = new Date(at);
  const [h, m, s] = utc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${two(h)}:${two(m)}:${two(s)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** "2026-11-22 14:03:07", in the reader's zone or in UTC. */
export function dateText(at: number, utc = zone.utc): string {
  const date = new Date(utc ? at : at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace("T", " ");
}

/** "4 s ago"; "in 2 m 0 s" for what is to come. */
export function agoText(at: number, now: number): string {
  return at > now ? `in ${spanText(at - now)}` : `${spanText(now - at)} ago`;
}

/** What tells one id from another: of those that begin with their time, the time and the count; of others the end. */
export function shortId(id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/.test(id)) return id.slice(4, 18);
  return id.length > 20 ? `…${id.slice(-16)}` : id;
}
