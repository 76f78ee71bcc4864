/** Fields: what the answers of commands may hold: what `--fields` chooses from, and the columns of CSV in their order. */

const said = ["verb", "type", "operation", "from", "to", "topic", "payload"] as const;
const besides = [
  ...["conversationId", "sentAt", "notBefore", "deadline", "priority", "delivery", "size", "sequence"],
  ...["inReplyTo", "replyTo", "correlationId", "causeId", "idempotencyKey", "orderKey", "hops", "waits"],
  ...["published", "retry", "task", "budget", "trace", "metadata", "v"],
] as const;

export const envelope = ["id", ...said, ...besides] as const;
/** A message with what became of it. */
export const record = ["id", "state", "mailbox", ...said, "attempts", ...besides, "envelope"] as const;
export const letter = [
  ...["id", "diedAt", "mailbox", "reason", "error", "generation"],
  ...[...said, "attempts", ...besides, "envelope"],
] as const;
export const counts = [
  ...["mailbox", "served", "servers", "rests", "waiting", "oldestSentAt", "running", "delayed", "bytes"],
  "received",
] as const;
/** What became of an agent's messages. */
export const work = ["handled", "errors", "restarts", "breaker"] as const;
export const conversation = [
  ...["id", "startedAt", "state", "messages", "ms", "participants", "first"],
] as const;
/** A message on the line of time. */
export const span = [
  ...["id", "verb", "operation", "from", "to", "state", "ms", "criticalMs", "depth", "cause"],
  ...["sentAt", "startedAt", "endedAt", "attempts", "conversation"],
] as const;
export const group = [...["count", "reason", "cause", "firstAt", "lastAt", "mailboxes", "example"]] as const;
export const breaker = [
  ...["agent", "state", "forced", "failures", "deliveries", "openedAt", "retryAt", "system", "changes"],
] as const;
export const question = [
  "id",
  "person",
  "from",
  "question",
  "options",
  "askedAt",
  "deadline",
  "conversation",
  "details",
  "assigned",
] as const;
export const token = ["id", "name", "kind", "tenant", "scopes", "created", "expires", "revoked"] as const;
export const overseen = ["system", "client", "answers", "idle", "error"] as const;
export const task = ["id", "agent", "state", "attempt", "parts", "progress", "result", "error"] as const;
