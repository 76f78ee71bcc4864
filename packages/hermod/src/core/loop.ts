/** Loop: agents that wait for one another in a circle, or send to one another without end. Pure: the hops of a message tell both. */
import { showAddress, type Address } from "./address.ts";
import type { Envelope } from "./envelope.ts";
import { LoopError } from "./errors.ts";

/** How long a chain of messages may become, each sent by the handling of the one before. */
export interface LoopLimits {
  /** Most agents of a chain. */
  readonly hops: number;
  /** Most messages of a chain between two agents, to and fro. */
  readonly pingPong: number;
}

export const defaultLoops: LoopLimits = Object.freeze({ hops: 32, pingPong: 16 });

/** The agents of the circle that a call would close, from the one that is called to the one that calls. */
export function cycleOf({ to, hops, waits }: Pick<Envelope, "to" | "hops" | "waits">): readonly Address[] {
  const place = to === undefined ? -1 : hops.lastIndexOf(to);
  return place < 0 || place < hops.length - waits ? [] : hops.slice(place);
}

/** The error for a call that would close a circle. */
export function waitingCycle(envelope: Envelope): LoopError {
  const agents = cycleOf(envelope);
  const { to, operation } = envelope;
  const circle = [...agents, to as Address].map(showAddress).join(" → ");
  return new LoopError(`call ${showAddress(to)}.${operation} would wait for ever: ${circle}`, {
    details: { agents, operation },
    hint: `Cast instead of calling, hand out a task, or let ${showAddress(to)} take such calls beside its own: reentrant: ["${operation}"].`,
  });
}

/** The error for a call to agents that wait, at work on other messages, for the one that calls. */
export function crossing({ from, to, operation }: Envelope, agents: readonly Address[]): LoopError {
  const circle = [...agents, agents[0] as Address].map(showAddress).join(" → ");
  return new LoopError(`call ${showAddress(to)}.${operation} would wait for ever: ${circle}`, {
    details: { agents, operation },
    hint: `Each waits for the other while it works on a message of its own. Cast instead of calling, hand out a task, or give ${showAddress(from)} more hands: concurrency.`,
  });
}

/** Why a message may not be sent: its chain is too long, or two agents have sent to one another too often; undefined where it may. */
export function endless(
  { to, hops }: Pick<Envelope, "to" | "hops">,
  { hops: most, pingPong }: LoopLimits,
): LoopError | undefined {
  if (hops.length >= most) return tooFar(hops, most);
  const last = hops.at(-1);
  if (last === undefined || to === undefined || hops.length < pingPong) return undefined;
  return countBetween([...hops, to], last, to) > pingPong ? tooOften(last, to, pingPong) : undefined;
}

/** Messages of a chain between two agents. */
function countBetween(chain: readonly Address[], a: Address, b: Address): number {
  return chain.filter((to, at) => {
    const from = chain[at - 1];
    return (from === a && to === b) || (from === b && to === a);
  }).length;
}

function tooFar(hops: readonly Address[], most: number): LoopError {
  const shown = hops.slice(-6).map(showAddress).join(" → ");
  return new LoopError(
    `the message was not sent: its chain has ${hops.length} agents, ${most} at the most (… ${shown})`,
    {
      details: { agents: hops, most },
      hint: "Let one of them end the chain, begin anew with a delay of a second or more, or raise start({ loops: { hops } }).",
    },
  );
}

function tooOften(a: Address, b: Address, most: number): LoopError {
  return new LoopError(
    `the message was not sent: ${showAddress(a)} and ${showAddress(b)} have sent ${most} messages to and fro in one chain`,
    {
      details: { agents: [a, b], most },
      hint: "Let one of the two have the last word, or raise start({ loops: { pingPong } }).",
    },
  );
}
