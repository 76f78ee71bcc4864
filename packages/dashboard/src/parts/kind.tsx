/** Kind: which verb a message was sent by, as an icon with its word. */
import {
  ArrowLeftRight,
  CornerDownLeft,
  Info,
  ListTodo,
  Radio,
  SendHorizontal,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";
import type { MessageType, Verb } from "../api/types.ts";

const icons: Readonly<Record<Verb, LucideIcon>> = {
  call: ArrowLeftRight,
  cast: SendHorizontal,
  task: ListTodo,
  publish: Radio,
  info: Info,
  reply: CornerDownLeft,
};

export function Kind({ verb, type }: { readonly verb: Verb; readonly type: MessageType }) {
  const isError = type === "error";
  const Icon = isError ? TriangleAlert : icons[verb];
  return (
    <span className={`inline-flex items-center gap-1 ${isError ? "text-bad" : "text-soft"}`}>
      <Icon size={13} aria-hidden className="shrink-0" />
      {isError ? "error" : verb}
    </span>
  );
}
