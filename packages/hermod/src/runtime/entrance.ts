/** Entrance: what keeps a claimed message from its handler: an instance that is none, no handler, an input that does not fit. */
import { suggestHandler } from "../agent/agent.ts";
import type { Handling } from "../agent/handling.ts";
import { instanceKey } from "../core/address.ts";
import { isCallBack, isNotice } from "../core/envelope.ts";
import { HermodError, NoAgentError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { validate } from "../core/schema.ts";
import { waitingCycle } from "../core/loop.ts";
import { Refusal, readOrRefuse } from "./refusal.ts";
import type { Run } from "./run.ts";

/** @throws Refusal when a message is for an instance and the agent has none, or the other way round. */
export function checkInstance({ envelope, instance }: Run): void {
  const { address, work } = instance.definition;
  const key = envelope.to === undefined ? undefined : instanceKey(envelope.to);
  const isKeyed = work.apart === "key";
  if (isNotice(envelope) || envelope.to === undefined || isKeyed === (key !== undefined)) return;
  throw new Refusal(noInstance(address, key), "unreadable");
}

/** @throws Refusal for a call to an agent that waits for its outcome, unless the agent takes such calls. */
export function checkCallBack({ envelope, instance }: Run): void {
  const { reentrant } = instance.definition;
  if (!isCallBack(envelope) || reentrant === true) return;
  if (reentrant && reentrant.has(instance.definition.contract ? envelope.operation : envelope.type)) return;
  throw new Refusal(waitingCycle(envelope), "loop");
}

/** A notice that nobody wants is done; any other message without a handler is set aside. */
export function unhandled({ instance, envelope }: Run): undefined {
  if (isNotice(envelope)) return undefined;
  const { operation, type } = envelope;
  const name = instance.definition.contract ? operation : type;
  const message = `${instance.address} has no handler for "${name}".${suggestHandler(name, instance.definition)}`;
  throw new Refusal(
    new HermodError("HERMOD_NO_OPERATION", message, {
      details: { agent: instance.address, operation, type },
    }),
    "unreadable",
  );
}

/** What goes into the handler. @throws Refusal when it does not fit the contract. */
export function readInput({ instance, envelope }: Run, { spec, name }: Handling): Maybe<unknown> {
  if (spec === undefined) return envelope.payload;
  return readOrRefuse(() => validate(spec.in, envelope.payload, () => `${instance.address}.${name} input`));
}

function noInstance(address: string, key: string | undefined): NoAgentError {
  return key === undefined
    ? new NoAgentError(`${address} is keyed: a message goes to one of its instances`, {
        hint: 'Address one: call(Contract.at("user-42"), …).',
      })
    : new NoAgentError(`${address} has no instances, so none named "${key}"`, {
        hint: "Send to the agent itself, or make it keyed: agent(Contract, { keyed: true, … }).",
      });
}
