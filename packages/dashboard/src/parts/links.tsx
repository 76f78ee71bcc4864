/** Links: every name and id leads to what it names. */
import { Link } from "@tanstack/react-router";
import { agentBehind, isSystem, nameOf, plain, shortId } from "./text.ts";

const LOOK = "underline decoration-line underline-offset-2 hover:decoration-accent";

/** An agent, a person or a system; only agents have a screen of their own. */
export function AgentName({ address }: { readonly address: string | undefined }) {
  const name = plain(nameOf(address));
  const agent = address?.startsWith("~") ? agentBehind(address) : address;
  if (agent === undefined) return <span className={isSystem(address) ? "text-soft" : ""}>{name}</span>;
  return (
    <Link to="/agents/$name" params={{ name: agent }} className={LOOK}>
      {name}
    </Link>
  );
}

/** A part of an id tells messages apart; the whole stands in its title. */
export function MessageId({ id, whole = false }: { readonly id: string; readonly whole?: boolean }) {
  return (
    <Link
      to="/messages/$id"
      params={{ id }}
      title={plain(id)}
      className={`font-mono text-tiny ${whole ? "break-all" : "whitespace-nowrap"} ${LOOK}`}
    >
      {plain(whole ? id : shortId(id))}
    </Link>
  );
}

export function ConversationId({ id, whole = false }: { readonly id: string; readonly whole?: boolean }) {
  return (
    <Link
      to="/conversations/$id"
      params={{ id }}
      title={plain(id)}
      className={`font-mono text-tiny ${whole ? "break-all" : "whitespace-nowrap"} ${LOOK}`}
    >
      {plain(whole ? id : shortId(id))}
    </Link>
  );
}
