/** Options of the NATS store, and what they come to when they are checked. */
import { show, toMs, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { aFlag, aText, checkOptions, wholeNumber } from "../core/options.ts";
import type { FileLimits } from "../stores/sqlite/file.ts";
import { isSecured, toServers } from "./addresses.ts";
import { toCredentials, toTls, type Credentials, type NatsTls } from "./credentials.ts";
import { aNamespace } from "./names.ts";

/** Options of the NATS store. */
export interface NatsOptions {
  /** Addresses of the cluster's servers, such as "nats://127.0.0.1:4222", or "tls://host:4222" to insist on TLS: one of them is enough to find the others. */
  readonly servers: string | readonly string[];
  /** Whose streams and subjects these are, 1 to 32 letters, digits, "-" and "_"; default "hermod". One application, one namespace. */
  readonly namespace?: string;
  /** Which application this is: a namespace that another one has named as its own is refused; default unnamed, which asks nobody. */
  readonly application?: string;
  /** User and password, or a token, that the servers know this process by; default none. */
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** Insists on TLS, with these certificates; default TLS where the server offers it, with the authorities that Node knows. */
  readonly tls?: NatsTls;
  /** Into how many partitions its mailboxes are parted, 1 to 1,024, each owned by one process; default those that it has, 16 in a new one. Fixed when the namespace is made. */
  readonly partitions?: number;
  /** On how many servers each journal stands; default 1, and 3 or 5 in a cluster. Fixed when the namespace is made. */
  readonly replicas?: number;
  /** After how long a process that is not heard of has lost what it owned; default "1.5s", at least 300 ms. */
  readonly lease?: Duration;
  /** How long the servers and an owner may take until the store is open; default "10s", and longer with more than 160 partitions. */
  readonly timeout?: Duration;
  /** How long an idempotency key is recognised; default "5m". */
  readonly dedupe?: Duration;
  /** Bounds of the message history of each partition; default "30d", 1,000,000 messages and 64 MiB: whoever takes over reads it all. */
  readonly history?: { readonly age?: Duration; readonly count?: number; readonly bytes?: number };
  /** Bounds of the dead letters: most of them (default 10,000) and how long they are kept (default "30d"). */
  readonly deadLetters?: { readonly count?: number; readonly age?: Duration };
  /**
   * Most bytes of a partition's journal on each server; default 128 MiB, at least 1 MiB. Its images may take four times as much, and all of it is
   * reserved when the namespace is made. A full journal refuses what is sent, and loses nothing.
   */
  readonly journalBytes?: number;
  /** Where this process keeps its copies of the journals, which are made anew at each start; default the system's temporary folder. */
  readonly folder?: string;
  /**
   * Whether processes of one machine and one user speak past the servers, over a socket in that folder, where they can; default true, and false on Windows.
   * What is stored goes to the servers in any case.
   */
  readonly direct?: boolean;
}

/** Options, checked, with all defaults. */
export interface NatsTerms extends Credentials {
  readonly servers: readonly string[];
  readonly namespace: string;
  readonly application: string | undefined;
  readonly tls: NatsTls | undefined;
  /** Undefined for as many as there are. */
  readonly partitions: number | undefined;
  readonly replicas: number;
  readonly lease: number;
  readonly timeout: number;
  /** How long all may take together, with so many partitions. */
  readonly opening: (partitions: number) => number;
  readonly limits: FileLimits;
  readonly journalBytes: number;
  readonly folder: string | undefined;
  readonly direct: boolean;
}

const names = [
  ...[
    "servers",
    "namespace",
    "application",
    "user",
    "pass",
    "token",
    "tls",
    "partitions",
    "replicas",
    "lease",
    "timeout",
  ],
  ...["dedupe", "history", "deadLetters", "journalBytes", "folder", "direct"],
];
const MIB = 2 ** 20;
const SHORTEST_LEASE = 300;

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toTerms(options: NatsOptions): NatsTerms {
  checkOptions("nats", options, names);
  const { folder } = options;
  const servers = toServers(options.servers);
  // An address that begins with tls:// insists on TLS, as an empty nats.tls does.
  const tls = options.tls === undefined && isSecured(servers) ? {} : options.tls;
  return {
    servers,
    namespace: aNamespace(options.namespace ?? "hermod"),
    application:
      options.application === undefined ? undefined : aText("nats.application", options.application),
    ...toCredentials(options),
    tls: tls === undefined ? undefined : toTls(tls),
    partitions: toPartitions(options.partitions),
    replicas: wholeNumber("nats.replicas", options.replicas ?? 1, 1, 5),
    lease: toLease(options.lease ?? "1.5s"),
    ...toTimes(options.timeout),
    limits: toLimits(options),
    journalBytes: wholeNumber("nats.journalBytes", options.journalBytes ?? 128 * MIB, 2 ** 20),
    folder: folder === undefined ? undefined : aText("nats.folder", folder),
    direct: aFlag("nats.direct", options.direct ?? process.platform !== "win32"),
  };
}

function toPartitions(partitions: number | undefined): number | undefined {
  return partitions === undefined ? undefined : wholeNumber("nats.partitions", partitions, 1, 1024);
}

/** Milliseconds that a partition may take: streams are made one after the other, and journals are read. */
const EACH = 60;

function toTimes(given: Duration | undefined): Pick<NatsTerms, "timeout" | "opening"> {
  const timeout = toMs(given ?? "10s", "nats.timeout");
  const opening = (partitions: number): number =>
    given === undefined ? Math.max(timeout, partitions * EACH) : timeout;
  return { timeout, opening };
}

function toLease(lease: Duration): number {
  const ms = toMs(lease, "nats.lease");
  if (ms >= SHORTEST_LEASE && ms < Infinity) return ms;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `nats.lease is at least ${SHORTEST_LEASE} ms, got ${show(lease)}`,
  );
}

function toLimits({ dedupe = "5m", history = {}, deadLetters = {} }: NatsOptions): FileLimits {
  checkOptions("nats.history", history, ["age", "count", "bytes"]);
  checkOptions("nats.deadLetters", deadLetters, ["count", "age"]);
  return {
    dedupe: toMs(dedupe, "nats.dedupe"),
    history: {
      age: toMs(history.age ?? "30d", "nats.history.age"),
      count: wholeNumber("nats.history.count", history.count ?? 1_000_000, 1),
      bytes: wholeNumber("nats.history.bytes", history.bytes ?? 64 * MIB, 1),
    },
    deadLetters: {
      count: wholeNumber("nats.deadLetters.count", deadLetters.count ?? 10_000, 1),
      age: toMs(deadLetters.age ?? "30d", "nats.deadLetters.age"),
    },
  };
}
