// The lasting ledger of what this library must do: 87 features, 43 faults that must not return, 19 semantics.
// For a fault the sentence says what holds instead. An id stays for ever; only its state moves.
//   due          to be shown now, and no test shows it yet
//   later:PART   to be shown with that part: the last one that its whole sentence needs
//   met          a test shows it and cites the id in its name: "a late reply is kept and counted [C2] [(9)]"
// An id is met only when a test cites it; requirements.test.ts beside this file holds the two together.

export const parts = ["topics", "sqlite", "tasks", "llm", "hub", "dashboard", "nats"] as const;

export type Part = (typeof parts)[number];

export type State = "met" | "due" | `later:${Part}`;

export interface Requirement {
  /** "1" to "87" are features, "(1)" to "(43)" faults, "C1" to "C19" semantics. */
  readonly id: string;
  /** One sentence: what must hold. */
  readonly text: string;
  readonly state: State;
}

// oxfmt-ignore
export const requirements = [
  // Message and envelope
  { id: "1", text: "Every message has a unique id and names its sender.", state: "met" },
  { id: "2", text: "An envelope holds id, sender, topic, operation, payload, correlation id, reply address and delivery mode, with at-least-once as the default of what is sent one way.", state: "met" },
  { id: "3", text: "An envelope holds recipient, type, priority, content, metadata, time and conversation id, and keeps the address to reply to apart from the id it answers.", state: "met" },
  { id: "4", text: "An envelope has one of seven types (request, response, notification, task, result, error, status), and notification is the default.", state: "met" },
  { id: "5", text: "There are four priorities, low 1, normal 2, high 3 and urgent 4, normal is the default and the greater number goes first.", state: "met" },
  { id: "6", text: "An envelope written out as plain data, with plain enum values and an ISO 8601 time, and read back loses nothing and gets the stated defaults for what is absent.", state: "met" },
  { id: "7", text: "A task can be made from a description and an optional context, takes a priority and opens a fresh conversation.", state: "met" },
  { id: "8", text: "A result goes back to the asker, names the id it answers and inherits the conversation.", state: "met" },
  { id: "9", text: "The correlation id travels with a message and its reply, so that each reply is matched to its request.", state: "met" },
  { id: "10", text: "A repeat of the same idempotency key is recognised and has no second effect.", state: "met" },
  { id: "11", text: "Every message carries a sequence number and a time, from which its sender's order can be told.", state: "met" },
  { id: "12", text: "An envelope names its target agent, a message-type string, a JSON payload, delivery options and a sender, and its delivery attempts are counted for it.", state: "met" },
  { id: "13", text: "Priority, timeout and number of retries can be set for a single message.", state: "met" },
  { id: "14", text: "Payloads are of the user's own types, checked from sender to handler, and may hold raw bytes.", state: "met" },
  { id: "15", text: "An agent's identity is an opaque value that can be generated, compared and printed.", state: "met" },

  // Patterns
  { id: "16", text: "A message to one named recipient reaches that agent alone, without passing any routing rule.", state: "met" },
  { id: "17", text: "A sender can name a topic instead of a recipient, and agents come and go behind it without a change to any other.", state: "met" },
  { id: "18", text: "Messages wait in the mailbox while their consumer is slow or away, and are handled when it is back.", state: "met" },
  { id: "19", text: "Every subscriber of a topic gets its own copy of each event and can react to it.", state: "met" },
  { id: "20", text: "One topic can have many handlers.", state: "met" },
  { id: "21", text: "A request to a topic is given to exactly one handler, returns its reply within 30 s by default and leaves no reply listener behind in any outcome.", state: "met" },
  { id: "22", text: "A handler's answer is a message of its own to the reply address, with the correlation id of the request.", state: "met" },
  { id: "23", text: "A call expects one reply and has a timeout of its own, 30 s by default.", state: "met" },
  { id: "24", text: "A cast is sent one way and expects no reply.", state: "met" },
  { id: "25", text: "An info message brings an agent a notice from the system, such as a health check with agent and time.", state: "met" },
  { id: "26", text: "A pushed agent is handed a message as soon as it has arrived and the agent is free.", state: "met" },
  { id: "27", text: "A pulling consumer gets messages only when it asks, and so sets its own load.", state: "met" },
  { id: "28", text: "Several callbacks can observe the mailbox of one agent.", state: "met" },
  { id: "29", text: "What a handler returns is sent as its answer.", state: "met" },

  // Mailbox and queue
  { id: "30", text: "Each agent has exactly one mailbox.", state: "met" },
  { id: "31", text: "A send is in the history and in the recipient's mailbox before any consumer or observer is told of it.", state: "met" },
  { id: "32", text: "A receive with a timeout gives nothing when the time is over, and one without waits until a message comes.", state: "met" },
  { id: "33", text: "A receive wakes at the first message that comes, also when it does so shortly before the timeout.", state: "met" },
  { id: "34", text: "A try-receive answers at once with a message or with nothing.", state: "met" },
  { id: "35", text: "A receive-all takes everything that waits now, oldest first inside each priority.", state: "met" },
  { id: "36", text: "A mailbox gives higher priorities first and keeps first-in-first-out inside one priority, also under concurrent senders.", state: "met" },
  { id: "37", text: "A mailbox keeps order by default, and whether priority or plain arrival decides is an option.", state: "met" },
  { id: "38", text: "A mailbox has no limit of its own by default, and one with a capacity never holds more.", state: "met" },
  { id: "39", text: "Whether messages outlive the process is one option of start, and memory only is the default.", state: "met" },
  { id: "40", text: "Statistics can be reported at an interval, 60 s by default.", state: "met" },
  { id: "41", text: "Each mailbox tells how many messages it received and processed, how many wait and how long handling takes on average.", state: "met" },
  { id: "42", text: "A consumer can choose messages by whether they are a call, a cast or an info.", state: "met" },
  { id: "43", text: "An agent can be registered, its mailbox fetched (none if unknown) and the system shut down cleanly.", state: "met" },

  // Delivery
  { id: "44", text: "An at-most-once message is delivered no more than once and never retried.", state: "met" },
  { id: "45", text: "An at-least-once message is retried until it is acknowledged or its retries are used up.", state: "met" },
  { id: "46", text: "Exactly-once processing delivers at least once, recognises repeats and applies the effect once.", state: "met" },
  { id: "47", text: "An unfinished message is tracked by its id until it is settled.", state: "met" },
  { id: "48", text: "A failed delivery is retried 3 times by default, after a base of 1, 2 and 4 s.", state: "met" },
  { id: "49", text: "Number of retries, first delay and multiplier are options, and 5 retries from 100 ms times 2 run as configured.", state: "met" },
  { id: "50", text: "Due retries start by themselves, the number of deliveries that run at once is bounded by an option, and measuring can be left off.", state: "met" },
  { id: "51", text: "One can ask which messages are due for a retry, and compute the delay for an attempt number.", state: "met" },
  // The other half of 52, the message without a subscriber, is kept in C9.
  { id: "52", text: "A message that failed all its retries becomes a dead letter.", state: "met" },
  { id: "53", text: "Loss, duplication and reordering each have a named answer: retry until settled, recognition of repeats, and order by key.", state: "met" },

  // Routing
  { id: "54", text: "A route is a pattern with a list of destinations.", state: "met" },
  { id: "55", text: "Patterns match everything, a type, a sender in full or by prefix, and a priority.", state: "met" },
  { id: "56", text: "A message goes to the union of all matching routes and to no destination twice.", state: "met" },
  { id: "57", text: "A filter that says no drops the destinations of its own route, for that message only.", state: "met" },
  { id: "58", text: "A transform changes the message on its own route only.", state: "met" },
  { id: "59", text: "A named recipient bypasses the router, and a message without one goes to every destination that the router names, with a history entry for each.", state: "met" },
  { id: "60", text: "Any registered agent can reach any other.", state: "met" },
  { id: "61", text: "A circuit breaker isolates a failing target and recovers by itself.", state: "met" },
  { id: "62", text: "Load is balanced over the instances of an agent.", state: "met" },
  { id: "63", text: "A user can put in a router of their own by implementing a small interface.", state: "met" },
  { id: "64", text: "A user's router can choose by content and by a small knowledge graph.", state: "met" },

  // Agents
  { id: "65", text: "An agent joins identity, mailbox, model and handlers by message type, with built-in handlers of which task and request answer and notification does not.", state: "met" },
  { id: "66", text: "Built-in handling of tasks and requests asks the model with the task and its context, and can be overridden.", state: "met" },
  { id: "67", text: "A plain send defaults to type notification and normal priority and gives back the message it sent.", state: "met" },
  { id: "68", text: "A task can be awaited, 30 s by default, for the content of its result, or handed out without waiting.", state: "met" },
  { id: "69", text: "A started agent handles messages until it is stopped, and a stop ends its work.", state: "met" },
  { id: "70", text: "A demo lets a researcher and then a writer work with the research as context, hands the text back and stops both.", state: "met" },
  { id: "71", text: "A demo shows a code-review request and its reply.", state: "met" },

  // Links
  { id: "72", text: "A synchronous asker pauses until the reply comes or the timeout is over.", state: "met" },
  { id: "73", text: "An agent behind HTTP is reached by a POST of JSON within a timeout (10 s by default), and a non-2xx answer, a timeout and other failures are told apart.", state: "met" },
  { id: "74", text: "After a timeout the asker retries, takes a default value or reports an error, as it chose.", state: "met" },
  { id: "75", text: "An asker can submit work, go on, and take the reply later by a message or by asking for it.", state: "met" },
  { id: "76", text: "The reply of an asynchronous link can itself come asynchronously.", state: "met" },
  { id: "77", text: "An orchestrator can ask a planner synchronously and hand the step to a worker asynchronously.", state: "met" },
  { id: "78", text: "The documentation says when to choose which link: by dependency, response time, throughput, complexity, resilience and resource use.", state: "met" },
  { id: "79", text: "Demos show an analyst with a data retriever and an orchestrator with a content writer.", state: "met" },

  // Errors, numbers, supervision
  { id: "80", text: "An error carries kind, category and whether it is recoverable, and names the agent and the reason.", state: "met" },
  { id: "81", text: "Router statistics count messages routed, delivered and failed, and the active routes.", state: "met" },
  { id: "82", text: "Delivery statistics give success rate, failure rate and average attempts.", state: "met" },
  { id: "83", text: "A supervisor spawns agents from a specification, and what it spawns is registered for messages.", state: "met" },
  { id: "84", text: "The library has unit and integration tests, and a test can follow what happens down to debug level.", state: "met" },
  { id: "85", text: "The stated figures hold and are measured: 10,000 messages/s, routing under 1 ms, about 1 KB a mailbox, 1,000 agents, 99.9 % delivered with retries.", state: "met" },
  { id: "86", text: "History gives all messages of one conversation in order, and all that an agent sent or got.", state: "met" },
  { id: "87", text: "What was sent, and who intervened, can be read afterwards as an audit trail that is only appended to.", state: "met" },

  // Faults of the message bus article
  { id: "(1)", text: "A reply sent to the reply address of its request reaches the waiting caller.", state: "met" },
  { id: "(2)", text: "Delivery bookkeeping never enters the user's payload.", state: "met" },
  { id: "(3)", text: "A handler's failure repeats only its own delivery, never that of handlers that had succeeded.", state: "met" },
  { id: "(4)", text: "A message stays pending until each of its handlers is done, and not after it was dead-lettered.", state: "met" },
  { id: "(5)", text: "The delivery mode of a message decides whether it is retried and whether repeats are dropped.", state: "met" },
  { id: "(6)", text: "A publisher waits for no handler and no backoff, so that one bad subscriber stalls neither it nor the other subscribers.", state: "met" },
  { id: "(7)", text: "A call whose handler fails ends with a typed error and leaves no listener behind, and a call to nobody fails at once.", state: "met" },
  { id: "(8)", text: "A timeout, a missing recipient and an empty reply look different to the caller.", state: "met" },
  { id: "(9)", text: "A reply with a wrong correlation id reaches no caller.", state: "met" },
  { id: "(10)", text: "Retries have jitter, subscriptions end, dead letters keep reason and attempts and can be redriven, lists are bounded, and a restart keeps what was stored.", state: "met" },
  { id: "(11)", text: "The envelope has an idempotency key and a sequence number, and both are used.", state: "met" },
  { id: "(12)", text: "Requests are spread over all handlers that could answer.", state: "met" },

  // Faults of the tutorial
  { id: "(13)", text: "Waiting for a reply throws away no other message.", state: "met" },
  { id: "(14)", text: "A reply goes to the one who waits for it and is never taken by the agent's own loop.", state: "met" },
  { id: "(15)", text: "An agent that waits for a reply still gets the messages meant for it, also those it sent to itself.", state: "met" },
  { id: "(16)", text: "A timeout of 0 means now, never for ever.", state: "met" },
  { id: "(17)", text: "A message is handled once even when observers see it, and a failing observer never fails the send.", state: "met" },
  { id: "(18)", text: "History is bounded.", state: "met" },
  { id: "(19)", text: "Transforms are applied, and a pattern can have several routes and filters, none of which replaces another.", state: "met" },
  { id: "(20)", text: "Routed messages wake their consumers, a message that matches no route becomes a dead letter, and destinations keep their order.", state: "met" },
  { id: "(21)", text: "Copies of a message have delivery ids of their own and share no changeable object.", state: "met" },
  { id: "(22)", text: "Times are in UTC.", state: "met" },
  { id: "(23)", text: "A handler that throws leaves its agent running and its asker informed, and messages of type error, status, result and response can be handled too.", state: "met" },
  { id: "(24)", text: "A mistyped recipient is refused and creates no mailbox.", state: "met" },
  { id: "(25)", text: "The stated priority order is the real one, low priority never starves, and a mailbox with priorities keeps history, waiting and observers.", state: "met" },
  { id: "(26)", text: "Every message belongs to a conversation.", state: "met" },
  { id: "(27)", text: "A long handler keeps neither urgent messages nor its agent's other work from running, and a stop drains.", state: "met" },
  { id: "(28)", text: "Content of others enters a prompt as marked data.", state: "met" },

  // Faults of the links
  { id: "(29)", text: "A timeout and a failure are different outcomes, and an empty reply is accepted.", state: "met" },
  { id: "(30)", text: "Retry and default value after a timeout are built in.", state: "met" },
  { id: "(31)", text: "The timeout of an HTTP link bounds the whole exchange.", state: "met" },
  { id: "(32)", text: "A POST that is retried carries the same idempotency key.", state: "met" },
  { id: "(33)", text: "An asynchronous request is really sent, and its reply is tied to its task.", state: "met" },

  // Faults of the agent messaging crate
  { id: "(34)", text: "What waits in mailboxes is bounded by default.", state: "met" },
  { id: "(35)", text: "Exactly-once processing has a stated window, a store and a stated behaviour at restart.", state: "met" },
  { id: "(36)", text: "Circuit breaker and balancing have an interface to set, see and test them.", state: "met" },
  { id: "(37)", text: "Starting an agent registers it, in one place and once.", state: "met" },
  { id: "(38)", text: "Retries run by themselves, and no waiting retry holds up another.", state: "met" },
  { id: "(39)", text: "A reply that cannot be delivered is recorded and reported.", state: "met" },
  { id: "(40)", text: "A call that times out tells its callee to stop.", state: "met" },
  { id: "(41)", text: "After the last retry a message becomes a dead letter, and the system reports it.", state: "met" },
  { id: "(42)", text: "Every envelope has a place for conversation and trace, and what a handler sends inherits both.", state: "met" },
  { id: "(43)", text: "Every stated speed can be measured anew by the benchmark of this repository.", state: "met" },

  // Semantics
  { id: "C1", text: "Id, reply address, id answered, correlation, cause, conversation, idempotency key, sequence, trace, deadline, priority and schema version are separate fields.", state: "met" },
  { id: "C2", text: "The waiter for a reply stands before the request leaves, is keyed by correlation and expected responder and consumes nothing else, and a late reply is kept and counted.", state: "met" },
  { id: "C3", text: "Replied, timed out, no recipient, refused, failed and cancelled are distinct typed outcomes, an empty reply is a reply, and a timeout of 0 means now.", state: "met" },
  { id: "C4", text: "Attempts, next due time and last error belong to one message and one subscription, outside the payload, and a retry touches only what failed.", state: "met" },
  { id: "C5", text: "At-most-once is gone before the handler runs, at-least-once at the ack under a renewable lease, and exactly-once commits key, ack and outgoing messages together within a stated window.", state: "met" },
  { id: "C6", text: "Ack, nack with delay, reject and extend carry the token of their lease, and a stale token is refused.", state: "met" },
  { id: "C7", text: "A retry's delay is base times multiplier^(attempt-1), capped, with jitter, honours retry-after and is never slept in the sender, and what is not recoverable is dead-lettered at once.", state: "met" },
  { id: "C8", text: "A dead letter keeps message, subscription, reason, error and the time of each attempt, can be listed, shown, redriven within a cap and discarded, and is bounded by age and count.", state: "met" },
  { id: "C9", text: "An unknown recipient is refused at once or held for on request, and a message with no subscriber or no route becomes a dead letter with that reason.", state: "met" },
  { id: "C10", text: "Order holds per sender and recipient and per conversation, and priority chooses between messages with ageing against starvation.", state: "met" },
  { id: "C11", text: "Waiting messages are bounded by default, a full mailbox waits, rejects, drops the newest, drops the oldest or spills as declared, and control messages are exempt.", state: "met" },
  { id: "C12", text: "A mailbox is pushed or pulled and never both, observers get copies and cannot fail a send, a peek changes nothing and a take holds a lease.", state: "met" },
  { id: "C13", text: "A pattern can have several rules, each filters and then transforms a copy, and copies share the message id, have delivery ids of their own and go to destinations in a stable order.", state: "met" },
  { id: "C14", text: "A handler's error reaches the asker with category and recoverability, the agent lives on, and the supervisor counts restarts in a period.", state: "met" },
  { id: "C15", text: "A control lane for cancel, urgent and stop is served while a handler runs, concurrency is set per agent, and a stop drains until its deadline.", state: "met" },
  { id: "C16", text: "The deadline is absolute, a nested call gets the lesser of its parent's and its own, and at its end the callee's abort signal fires.", state: "met" },
  { id: "C17", text: "Times are UTC milliseconds, reading an envelope checks version and type, and history is under a retention rule and indexed by conversation and agent.", state: "met" },
  { id: "C18", text: "An HTTP link has one total deadline, an idempotency key and a rule for timeouts (retry, default or error), and an asynchronous task has a durable handle for message and polling alike.", state: "met" },
  { id: "C19", text: "A spawn registers and an exit unregisters, once, foreign content reaches a prompt as marked data, and numbers come from the benchmark of this repository.", state: "met" },
] satisfies readonly Requirement[];
