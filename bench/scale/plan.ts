/** Plan: what a cluster of some machines can hold, from what each thing costs. Pure: figures in, figures out. */

/** What was measured. */
export interface Figures {
  /** Bytes of the owner's file for a message, waiting or done, and for one more byte of its payload. */
  readonly file: number;
  readonly fileByte: number;
  /** Bytes of heap for a registered agent, in the process that runs it and owns its partition. */
  readonly agent: number;
  /** Milliseconds of processor time for a message: its sender and handler, its owner, all brokers with one replica and with three. */
  readonly client: number;
  readonly owner: number;
  readonly brokers: Readonly<Record<1 | 3, number>>;
}

/** What is planned for. */
export interface Terms {
  readonly nodes: number;
  readonly replicas: 1 | 3;
  readonly partitions: number;
  /** Bytes of a payload. */
  readonly payload: number;
  /** As in the options of the store; `dedupe` in seconds. */
  readonly journalBytes: number;
  readonly dedupe: number;
  /** Processors of each broker's machine that may be busy, on average. */
  readonly cores: number;
}

export interface Plan {
  /** Messages a second that the brokers' processors allow, and that fit into the partitions for as long as they must be recognised. */
  readonly byBrokers: number;
  readonly byPartitions: number;
  /** The lesser of both, and what becomes the limit first. */
  readonly rate: number;
  readonly first: "brokers" | "partitions";
  /** Processors that owners and clients need for that. */
  readonly ownerCores: number;
  readonly clientCores: number;
  /** Most messages that wait and are remembered together. */
  readonly messages: number;
  /** Bytes that are reserved on each node's disk. */
  readonly disk: number;
  /** Agents in a gigabyte of heap of all processes together. */
  readonly agentsPerGb: number;
}

/** Bytes of payload that the figures of a message are about. */
const PAYLOAD = 200;
/** Of a stream of images, four times as large as a journal, a partition's file may take half: the next one is written beside it. */
const FILE = 2;
/** A journal and its images. */
const RESERVED = 5;

export function planned(figures: Figures, terms: Terms): Plan {
  const { nodes, replicas, partitions, journalBytes, dedupe, cores } = terms;
  const messages = mostMessages(figures, terms);
  const byBrokers = (nodes * cores * 1000) / figures.brokers[replicas];
  const byPartitions = messages / dedupe;
  const rate = Math.min(byBrokers, byPartitions);
  return {
    ...{ byBrokers, byPartitions, rate, messages },
    first: byBrokers < byPartitions ? "brokers" : "partitions",
    ownerCores: (rate * figures.owner) / 1000,
    clientCores: (rate * figures.client) / 1000,
    disk: (partitions * RESERVED * journalBytes * replicas) / nodes,
    agentsPerGb: 1e9 / figures.agent,
  };
}

function mostMessages({ file, fileByte }: Figures, { partitions, payload, journalBytes }: Terms): number {
  const each = file + Math.max(0, payload - PAYLOAD) * fileByte;
  return (partitions * FILE * journalBytes) / each;
}
