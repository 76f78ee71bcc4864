/** Stream: the JetStream streams of a partition: its journal, and the images that stand for what was purged of it. */
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { HermodError } from "../core/errors.ts";
import type { Broker } from "./connect.ts";
import { imageStream, imageSubject, journalStream, journalSubject } from "./names.ts";
import { FORMAT } from "./record.ts";
import { Code, toTrouble } from "./trouble.ts";

/** How long the server knows the ids of what was written, in seconds: what was not answered is written again within that. */
const WINDOW = 120;
const SECOND = 1e9;
/** How much larger than its journal a partition's images may be: two stand there while the second is written. */
const IMAGES = 4;

/** The versions of what stands in them. Images of version 1 were files as they are; those of version 2 are packed. */
const formats: Readonly<Record<Use, number>> = { journal: FORMAT, image: 2 };

/** What one of the streams of a namespace is for; servers before 2.10 keep no metadata, so its description says so. */
export type Use = "journal" | "image";

/**
 * Finds a stream of a partition, or makes it.
 * @throws HermodError HERMOD_STORE_VERSION for a stream that is another version's or somebody else's, HERMOD_STORE_FULL, HERMOD_FORBIDDEN.
 */
export async function openStream(broker: Broker, use: Use, partition: number): Promise<StreamInfo> {
  const name = nameOf(broker, use, partition);
  try {
    const found = (await find(broker, name)) ?? (await make(broker, use, partition));
    return ours(found, use);
  } catch (error) {
    throw toTrouble(error, `stream ${name}`);
  }
}

function nameOf({ terms: { namespace } }: Broker, use: Use, partition: number): string {
  return use === "journal" ? journalStream(namespace, partition) : imageStream(namespace, partition);
}

function subjectOf({ terms: { namespace } }: Broker, use: Use, partition: number): string {
  return use === "journal" ? journalSubject(namespace, partition) : imageSubject(namespace, partition);
}

async function find({ jsm }: Broker, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === Code.notFound) return undefined;
    throw error;
  }
}

function make(broker: Broker, use: Use, partition: number): Promise<StreamInfo> {
  const { jsm, terms } = broker;
  return jsm.streams.add({
    name: nameOf(broker, use, partition),
    subjects: [subjectOf(broker, use, partition)],
    description: describing(use),
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: terms.journalBytes * (use === "image" ? IMAGES : 1),
    num_replicas: terms.replicas,
    duplicate_window: WINDOW * SECOND,
    allow_direct: true,
  });
}

function describing(use: Use): string {
  return `hermod ${use} ${formats[use]}`;
}

function ours(info: StreamInfo, use: Use): StreamInfo {
  const { name, description = "" } = info.config;
  if (description === describing(use)) return info;
  const version = new RegExp(`^hermod ${use} (.+)$`).exec(description)?.[1];
  const whose = version === undefined ? "not ours" : `of version ${version}`;
  throw new HermodError(
    "HERMOD_STORE_VERSION",
    `stream ${name}: it is ${whose}, this reads version ${formats[use]}`,
    {
      details: { stream: name, found: description, read: formats[use] },
      hint: "Use the version of Hermod that made it, in all processes, or another nats.namespace.",
    },
  );
}
