/** The figures as lines for a person. */
import { short } from "../table.ts";
import type { Burden, Shares } from "./burden.ts";
import type { Evenness, Seats } from "./names.ts";
import type { Plan, Terms } from "./plan.ts";
import type { Each } from "./slope.ts";

type Rows = readonly (readonly (string | number)[])[];

/** Columns as wide as their widest cells. */
export function table(head: readonly string[], rows: Rows): string {
  const cells = [
    head,
    ...rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : figure(cell)))),
  ];
  const widths = head.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] as number) : cell.padStart(widths[at] as number)))
      .join("  ");
  return cells.map(line).join("\n");
}

/** What is next to nothing is nothing. */
const figure = (value: number): string =>
  Math.abs(value) < 0.005 ? "0" : value < 0 ? `-${short(-value)}` : short(value);

/** What one of them takes. */
export function costText(about: string, [few, many]: readonly [number, number], each: Each): string {
  const told = Object.entries(each).map(([name, value]) => `${name} ${figure(value)}`);
  return `  from ${few} to ${many}: ${about}\n    ${told.join("  ")}`;
}

export function burdenText(all: Readonly<Record<string, Burden>>): string {
  const whole = ({ client, owner, brokers }: Shares): number => client + owner + brokers;
  const raw = whole(all["raw"] as Burden);
  const rows = Object.entries(all).map(([name, burden]) => [
    ...[name, burden.client, burden.owner, burden.brokers, whole(burden), whole(burden) / raw],
    ...[burden.idle.owner, burden.idle.brokers],
  ]);
  const idle = ["owner, idle 1 s", "brokers, idle 1 s"];
  return table(["ms of CPU for 1,000 messages", "client", "owner", "brokers", "sum", "× raw", ...idle], rows);
}

export function evennessText(all: readonly Evenness[]): string {
  const rows = all.map(({ shape, partitions, most, fair }) => [
    shape,
    String(partitions),
    percent(most - 1),
    percent(fair - 1),
  ]);
  return table(["names", "partitions", "fullest above the mean", "a fair draw"], rows);
}

export function seatsText(all: readonly Seats[]): string {
  const rows = all.map(({ processes, partitions, most, comes, goes, needless }) => [
    ...[String(processes), String(partitions), most],
    ...[percent(comes), percent(goes), percent(needless)],
  ]);
  return table(
    ["processes", "partitions", "busiest / mean", "moved: one comes", "one goes", "needless"],
    rows,
  );
}

export function planText(all: readonly (Terms & Plan)[]): string {
  const rows = all.map((plan) => [
    ...[String(plan.nodes), String(plan.replicas), String(plan.partitions), `${plan.dedupe} s`],
    ...[plan.byBrokers, plan.byPartitions, plan.first, plan.messages, plan.ownerCores, plan.clientCores],
    `${(plan.disk / 2 ** 30).toFixed(1)} GiB`,
  ]);
  const limits = ["messages/s by brokers", "by partitions", "first", "messages kept"];
  return table(
    ["brokers", "replicas", "partitions", "dedupe", ...limits, "owner cores", "client cores", "disk each"],
    rows,
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
