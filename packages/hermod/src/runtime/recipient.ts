/** Recipient: whom a message is for, and what its contract says of the operation. */
import type { AnyContract, Target } from "../agent/target.ts";
import { refusePeople, toAddress, type Address } from "../core/address.ts";
import { isContract, type OperationSpec } from "../core/contract.ts";
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { suggestion } from "../core/nearest.ts";

/** The address of a target. @throws HermodError HERMOD_BAD_ADDRESS for what is none, and for a person's. */
export function addressOf(target: Target): Address {
  if (typeof target !== "string") return contractOf(target).address;
  return refusePeople(toAddress(target, "recipient"), "recipient");
}

function contractOf(target: unknown): AnyContract {
  if (isContract(target)) return target;
  throw new HermodError(
    "HERMOD_BAD_ADDRESS",
    `a recipient must be a contract or a name, got ${show(target)}`,
  );
}

/** The operation of a contract; nothing is known of a name. @throws HermodError HERMOD_NO_OPERATION. */
export function specOf(target: Target, operation: string, kind: "call" | "cast"): OperationSpec | undefined {
  if (typeof target === "string") return void checkOperation(operation);
  const { operations, name } = contractOf(target);
  const spec = operations.get(operation);
  if (spec?.kind === kind) return spec;
  const known = [...operations.values()].filter((other) => other.kind === kind).map((other) => other.name);
  const other = spec
    ? ` It is a ${spec.kind}.`
    : typeof operation === "string"
      ? suggestion(operation, known)
      : "";
  throw new HermodError("HERMOD_NO_OPERATION", `${name} has no ${kind} ${show(operation)}.${other}`, {
    details: { known },
  });
}

function checkOperation(operation: unknown): void {
  if (typeof operation === "string" && operation.length <= 100 && !/[\u0000-\u001f\u007f]/.test(operation))
    return;
  throw new HermodError(
    "HERMOD_NO_OPERATION",
    `an operation must be text of at most 100 characters, got ${show(operation)}`,
  );
}
