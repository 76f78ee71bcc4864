/** A mailbox's rule as the file keeps it: JSON knows no infinity, which most of its limits are. */
import type { MailboxRule } from "../../core/store.ts";

export function ruleToJson(rule: MailboxRule): string {
  return JSON.stringify(rule, (_key, value: unknown) => (value === Infinity ? "Infinity" : value));
}

export function ruleFromJson(json: string): MailboxRule {
  return JSON.parse(json, (_key, value: unknown) => (value === "Infinity" ? Infinity : value)) as MailboxRule;
}
