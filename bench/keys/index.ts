import { call } from "./call.ts";
import { cast } from "./cast.ts";
import { cast1000 } from "./cast_1000.ts";
import { deadlineOverhead } from "./deadline_overhead.ts";
import { durableEndToEnd } from "./durable_end_to_end.ts";
import { durableEnqueue } from "./durable_enqueue.ts";
import { durableLatency } from "./durable_latency.ts";
import { durableTransactional } from "./durable_transactional.ts";
import { historyPage } from "./history_page.ts";
import { hubCall } from "./hub_call.ts";
import { hubDurableSend } from "./hub_durable_send.ts";
import { hubIdleClients } from "./hub_idle_clients.ts";
import { hubSlowReader } from "./hub_slow_reader.ts";
import { idleAgent } from "./idle_agent.ts";
import type { Key } from "./key.ts";
import { llmOverhead } from "./llm_overhead.ts";
import { llmStreams } from "./llm_streams.ts";
import { natsCall } from "./nats_call.ts";
import { natsEndToEnd } from "./nats_end_to_end.ts";
import { natsScaleOut } from "./nats_scale_out.ts";
import { pool } from "./pool.ts";
import { publish } from "./publish.ts";
import { publishMailboxes } from "./publish_mailboxes.ts";
import { restart } from "./restart.ts";
import { spawn } from "./spawn.ts";
import { stream } from "./stream.ts";
import { task } from "./task.ts";
import { timers } from "./timers.ts";
import { waitingMessage } from "./waiting_message.ts";
import { wildcard } from "./wildcard.ts";
import { withHistory } from "./with_history.ts";

export const keys: readonly Key[] = [
  cast,
  cast1000,
  pool,
  call,
  publish,
  publishMailboxes,
  wildcard,
  waitingMessage,
  idleAgent,
  spawn,
  withHistory,
  task,
  stream,
  deadlineOverhead,
  timers,
  llmOverhead,
  llmStreams,
  durableEnqueue,
  durableEndToEnd,
  durableLatency,
  durableTransactional,
  historyPage,
  restart,
  hubDurableSend,
  hubCall,
  hubIdleClients,
  hubSlowReader,
  natsEndToEnd,
  natsCall,
  natsScaleOut,
];

export const keyNamed = (name: string): Key | undefined => keys.find((key) => key.name === name);
