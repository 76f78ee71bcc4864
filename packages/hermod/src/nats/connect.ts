/** Connect: a connection to the cluster, and what the server at its other end can do. */
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { connect as dial, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import { describe, HermodError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { again } from "./again.ts";
import { Away } from "./away.ts";
import { Complaints } from "./complaints.ts";
import type { NatsTerms } from "./options.ts";
import { Piggyback } from "./piggyback.ts";
import { leavingNone } from "./sockets.ts";
import { isEnd, isSilence, isUnsecured, passes, toTrouble } from "./trouble.ts";

/** What is said over the broker. */
export type Said = readonly [subject: string, text: string];

/** A connected broker. */
export interface Broker {
  readonly terms: NatsTerms;
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The server's version. */
  readonly version: string;
  /** Most bytes of one message now: a server that comes back may take less than before. */
  readonly most: number;
  /** Whether it can be reached. */
  readonly away: Away;
  /** What processes say to each other goes this way. */
  readonly road: Piggyback<Said>;
  /** Whom to tell of what the server says without being asked, from the first word on: what it forbids, and why it has hung up. */
  heed(told: (error: HermodError) => void): void;
  /** Ends the connection when what was said has gone out. */
  close(): Promise<void>;
}

/** How long one request waits for its answer, in milliseconds: it is asked again, and a server on a full disk answers nothing. */
export const REQUEST = 2000;
/** How long one server may take to take a connection, in milliseconds: of several the next one is tried then. */
const DIAL = 2000;
/** How often a silent server is asked whether it is there, in milliseconds. */
const PING = 1000;
/** Milliseconds between two tries to connect again. */
const AGAIN = 100;
/** The fewest bytes that a message must be allowed to have. */
const LEAST = 4096;
/** What a message has beside its payload: headers and subject. */
const HEAD = 1024;

/** @throws HermodError HERMOD_UNREACHABLE, HERMOD_UNAUTHORIZED, HERMOD_UNSUPPORTED for a server without JetStream, HERMOD_STORE for one that nobody leads. */
export async function connect(terms: NatsTerms): Promise<Broker> {
  const where = terms.servers.join(", ");
  const until = systemClock.monotonic() + terms.timeout;
  const connection = await dialled(terms, until);
  const complaints = new Complaints(connection, where);
  try {
    checkRoom(connection, where);
    const jsm = await manager(connection, where, until);
    const [road, away] = [roadOf(connection, complaints.hear), new Away(connection)];
    let most = LEAST;
    return {
      ...{
        terms,
        connection,
        jsm,
        version: connection.info?.version ?? "0",
        heed: complaints.heed,
        away,
        road,
      },
      js: jetstream(connection, { timeout: REQUEST }),
      // While it is away nobody knows what it will take. What is cut into pieces of less than the least would be nothing but heads.
      get most() {
        most = Math.max(LEAST, connection.info?.max_payload ?? most);
        return most - HEAD;
      },
      close: () => (road.flush(), ended(connection, away)),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A server that refuses will do so again; one that is silent may be one that is just being started, or a host that is cut off. */
async function dialled(terms: NatsTerms, until: number): Promise<NatsConnection> {
  try {
    return await again(until, isSilence, () => leavingNone(() => dial(toConnection(terms))));
  } catch (error) {
    const where = terms.servers.join(", ");
    const known = toTrouble(error, where);
    if (known.code !== "HERMOD_STORE") throw known;
    const [text, hint] = isUnsecured(error) ? unsecured : terms.tls && isSilence(error) ? hungUp : unanswered;
    throw new HermodError("HERMOD_UNREACHABLE", `${text} ${where}: ${describe(error)}`, {
      cause: error,
      details: { servers: [...terms.servers] },
      hint,
    });
  }
}

const unanswered = [
  "no NATS server answers at",
  "Start one (nats-server -js), or correct nats.servers.",
] as const;
/** The client hears nothing of the reason. */
const hungUp = [
  unanswered[0],
  "A server that asks for a certificate hangs up on who shows none, or another one: see nats.tls (cert, key). Otherwise correct nats.servers.",
] as const;
const unsecured = [
  "no connection by TLS to the NATS server at",
  "Compare nats.tls with the server's tls block: who vouches for its certificate (ca), the host that it names, and whether it asks for one of this process (cert, key).",
] as const;

function toConnection({ servers, user, pass, token, tls, timeout, namespace }: NatsTerms): ConnectionOptions {
  return {
    servers: [...servers],
    name: `hermod ${namespace}`,
    timeout: Math.min(timeout, DIAL),
    pingInterval: PING,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: AGAIN,
    // A server may know another password for a while: by default the second refusal in a row ends the connection for ever.
    ignoreAuthErrorAbort: true,
    inboxPrefix: `_INBOX_${namespace}`,
    // A trace for each record that is written costs more than writing it.
    noAsyncTraces: true,
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(token !== undefined && { token }),
    ...(tls !== undefined && { tls }),
  };
}

function roadOf(connection: NatsConnection, lost: (error: unknown) => void): Piggyback<Said> {
  const say = (all: readonly Said[]): void => {
    for (const said of all) utter(connection, said, lost);
  };
  return new Piggyback({ say, last: (run) => systemClock.late(run), clock: systemClock });
}

/** What cannot be said is lost as on any other way: the number of the next message tells the other side, which ends the connection. */
function utter(connection: NatsConnection, [subject, text]: Said, lost: (error: unknown) => void): void {
  try {
    connection.publish(subject, text);
  } catch (error) {
    if (!isEnd(error)) lost(error);
  }
}

/** A cluster's JetStream answers nothing before its servers have chosen who leads. */
async function manager(connection: NatsConnection, where: string, until: number): Promise<JetStreamManager> {
  const mayCome = (error: unknown): boolean => !isMissing(error) && passes(error);
  try {
    return await again(until, mayCome, () => jetstreamManager(connection, { timeout: REQUEST }));
  } catch (error) {
    if (!passes(error)) throw toTrouble(error, where);
    const [code, text, hint] = isMissing(error) ? missing : mute;
    throw new HermodError(code, `the NATS server at ${where} ${text}: ${describe(error)}`, {
      cause: error,
      details: { servers: [...connection.getServer().split(",")] },
      hint,
    });
  }
}

/** Nobody hears what JetStream is asked. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

const missing = [
  "HERMOD_UNSUPPORTED",
  "offers no JetStream",
  "Start it with -js, or enable JetStream for the account.",
] as const;
const mute = [
  "HERMOD_STORE",
  "has a JetStream that does not answer",
  "In a cluster more than half of the servers must be there to choose who leads; their logs say what they wait for.",
] as const;

/** A journal's records and what agents say go in pieces, which must not become too small. */
function checkRoom({ info }: NatsConnection, where: string): void {
  const most = info?.max_payload ?? LEAST;
  if (most >= LEAST) return;
  throw new HermodError(
    "HERMOD_UNSUPPORTED",
    `the NATS server at ${where} takes messages of ${most} bytes only`,
    {
      details: { most, least: LEAST },
      hint: `Set its max_payload to ${LEAST} or more; 1 MiB is its default.`,
    },
  );
}

async function ended(connection: NatsConnection, away: Away): Promise<void> {
  if (connection.isClosed()) return;
  // Where the server is away, nothing that waits to go out ever will.
  const drained = (): Promise<unknown> => within(systemClock, REQUEST, connection.drain(), true);
  await away.reached(drained).catch(() => undefined);
  await connection.close();
}
