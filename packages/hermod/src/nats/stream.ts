/** Stream: the JetStream stream that a partition's journal is. */
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { HermodError } from "../core/errors.ts";
import type { Broker } from "./connect.ts";
import { journalStream, journalSubject } from "./names.ts";
import { FORMAT } from "./record.ts";
import { Code, toTrouble } from "./trouble.ts";

/** By this a stream is known to be ours: servers before 2.10 keep no metadata. */
const DESCRIPTION = `hermod journal ${FORMAT}`;
const SECOND = 1e9;
/** How long the server knows the ids of what was written, in seconds: what was not answered is written again within that. */
const WINDOW = 120;

/**
 * Finds the stream of a partition, or makes it.
 * @throws HermodError HERMOD_STORE_VERSION for a stream that is another version's or somebody else's, HERMOD_STORE_FULL, HERMOD_FORBIDDEN.
 */
export async function openStream(broker: Broker, partition: number): Promise<StreamInfo> {
  const name = journalStream(broker.terms.namespace, partition);
  try {
    const found = (await find(broker, name)) ?? (await make(broker, name, partition));
    return ours(found, name);
  } catch (error) {
    throw toTrouble(error, `stream ${name}`);
  }
}

async function find({ jsm }: Broker, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === Code.notFound) return undefined;
    throw error;
  }
}

function make({ jsm, terms }: Broker, name: string, partition: number): Promise<StreamInfo> {
  return jsm.streams.add({
    name,
    subjects: [journalSubject(terms.namespace, partition)],
    description: DESCRIPTION,
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: terms.journalBytes,
    num_replicas: terms.replicas,
    duplicate_window: WINDOW * SECOND,
    allow_direct: true,
  });
}

function ours(info: StreamInfo, name: string): StreamInfo {
  const { description = "" } = info.config;
  if (description === DESCRIPTION) return info;
  const whose = description.startsWith("hermod journal ")
    ? `of version ${description.slice(15)}`
    : "not ours";
  throw new HermodError(
    "HERMOD_STORE_VERSION",
    `stream ${name}: it is ${whose}, this reads version ${FORMAT}`,
    {
      details: { stream: name, found: description, read: FORMAT },
      hint: "Use the version of Hermod that made it, in all processes, or another nats.namespace.",
    },
  );
}
