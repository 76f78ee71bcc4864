/** What a store over several partitions does otherwise than one store, as the titles of the laws that say so, each with the reason. */

const order = "nothing says when a binding was made: they are told, and reached, partition by partition";
const outbox =
  "what goes to another partition is taken by the outbox first; what is refused there becomes a dead letter";

/** Whatever their number. */
export const spreadSkips: Readonly<Record<string, string>> = {
  "mailboxes are reached in the order of their first binding that fits, which a renewal keeps": order,
  "each item is told with its place where that is asked for, and is read on from there":
    "a place is one in each partition, and no number",
  "a redriven event has a record for each mailbox that got a copy, and no other":
    "the letter lay in a partition where nobody has bound since, and its record stays there",
};

/** Where the mailboxes of the laws live in several of them. */
export const apartSkips: Readonly<Record<string, string>> = {
  ...spreadSkips,
  "a cursor of the bindings holds although bindings before it are gone": order,
  "bindings are told for all mailboxes or for one, oldest first, with the end of a lease": order,
  "the bindings of a topic are those that a message of it would reach now": order,
  "an output for a full mailbox refuses the whole settlement": outbox,
  "an output larger than its mailbox can ever hold refuses the settlement": outbox,
  "an output that conflicts with a message of before refuses the whole settlement": outbox,
  "outputs are counted together: two that find room for one are refused": outbox,
  "every claim of the store has a greater token than all before it":
    "tokens grow with every claim of a partition, and only its own claims are compared",
  "one message that dies in two mailboxes is two dead letters with names of their own":
    "two letters of one message and one millisecond are told partition by partition",
};
