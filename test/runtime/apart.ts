/** Apart: how the suites start a system over NATS with several partitions, and what is different there from one. */
import { overNats } from "./broker.ts";
import type { On } from "./stage.ts";

const order = "nothing says when a binding was made: mailboxes are reached partition by partition";
const told = "the records of one moment are told partition by partition";
const mixed = "what goes to several mailboxes at once comes to them in any order";
const counted =
  "what a conversation spends is counted in a partition of its own, and these answer in any order";
const refused =
  "what a handler sends to another partition is refused there, as a dead letter, and not to its sender";
const room = "what a handler sends to another partition waits there for room, 30 s or until its deadline";

/** The laws of the suites that are kept otherwise, by their titles, each with the reason; docs/design/012 has decided so. */
export const differs: Readonly<Record<string, string>> = {
  "a name and a time are one message: what was sent for them already is not sent with other content": refused,
  "a full mailbox loses one message and not the schedule": room,
  "a result for a mailbox that is full becomes a dead letter of overflow": room,
  "a full member of a broadcast pool loses only its own copy [62] [C11]": room,
  "calls to a broadcast pool that is full everywhere are told so instead of timing out [62] [C3]": room,
  "agents, durable and live subscribers take turns [(12)]": order,
  "the history has a record for each mailbox, each with its own outcome [86]": told,
  "who leaves stays for its retries, and goes when its last copy expires [62]": mixed,
  "a user's own router is asked after the routes, and chooses, changes and orders by itself [63] [64]": told,
  "a large call whose turn it is waits for its tokens, and nothing small passes it": counted,
};

/** Over three partitions, so that what belongs together lies apart in most cases. */
export const onApart: On = Object.assign(overNats(3), { differs });
