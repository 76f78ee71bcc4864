/** Describe: what a cluster is and what a namespace takes there, without becoming one of the processes that share it. */
import { JetStreamApiError, type StreamInfo } from "@nats-io/jetstream";
import { connect, type Broker } from "./connect.ts";
import { journalStream } from "./names.ts";
import { toTerms, type NatsOptions } from "./options.ts";
import { Code, toTrouble } from "./trouble.ts";

/** What stands at a cluster. */
export interface NatsDescription {
  readonly namespace: string;
  /** Version of the server that has answered. */
  readonly server: string;
  /** The cluster's name; absent of a server alone. */
  readonly cluster?: string;
  /** How many journals the namespace has; 0 where it was never used. */
  readonly journals: number;
  /** On how many servers each of them stands. */
  readonly replicas: number;
  /** Bytes of all journals on one server. */
  readonly bytes: number;
  /** Bytes that they may take together. */
  readonly mostBytes: number;
}

/**
 * What stands at a cluster, for who operates it; it changes nothing.
 * @throws HermodError as `nats`, and as the store that it opens.
 */
export async function describe(options: NatsOptions): Promise<NatsDescription> {
  const broker = await connect(toTerms(options));
  try {
    return told(broker, await journalsOf(broker));
  } finally {
    await broker.close();
  }
}

async function journalsOf(broker: Broker): Promise<readonly StreamInfo[]> {
  const found: StreamInfo[] = [];
  for (;;) {
    const name = journalStream(broker.terms.namespace, found.length);
    const info = await infoOf(broker, name);
    if (info === undefined) return found;
    found.push(info);
  }
}

async function infoOf({ jsm }: Broker, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === Code.notFound) return undefined;
    throw toTrouble(error, `stream ${name}`);
  }
}

function told({ connection, terms, version }: Broker, journals: readonly StreamInfo[]): NatsDescription {
  const sum = (of: (info: StreamInfo) => number): number => journals.reduce((all, each) => all + of(each), 0);
  const cluster = connection.info?.cluster;
  return {
    ...{ namespace: terms.namespace, server: version },
    ...(cluster !== undefined && { cluster }),
    ...{ journals: journals.length, replicas: journals[0]?.config.num_replicas ?? terms.replicas },
    ...{ bytes: sum(({ state }) => state.bytes), mostBytes: sum(({ config }) => config.max_bytes) },
  };
}
