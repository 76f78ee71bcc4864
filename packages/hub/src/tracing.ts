/** Tracing: where the messages of a trace are found, by the id of a W3C trace, of a conversation, or of one of its messages. */
import type { MessageRecord, System } from "hermod";

/** What is asked of the history for it. */
export type Traced = { readonly where: string } | { readonly conversation: string };

/** Pages that are looked at for the first message: a long history is searched piece by piece. */
const MOST = 20;

/** Undefined where nothing of it is remembered, or may be seen. */
export async function traced(
  system: System,
  id: string,
  isSeen: (record: MessageRecord) => boolean = () => true,
): Promise<Traced | undefined> {
  const quoted = JSON.stringify(id);
  const first = async (query: Traced): Promise<MessageRecord | undefined> => {
    let after: string | undefined;
    for (let page = 0; page < MOST; page++) {
      const { items, next } = await system.history({
        ...query,
        limit: 100,
        ...(after !== undefined && { after }),
      });
      const found = items.find(isSeen);
      if (found !== undefined || next === undefined) return found;
      after = next;
    }
    return undefined;
  };
  if (await first({ conversation: id })) return { conversation: id };
  const message = await first({ where: `id:${quoted}` });
  if (message) return { conversation: message.envelope.conversationId };
  const isTrace = /^[\da-f]{32}$/u.test(id);
  return isTrace && (await first({ where: `trace:${quoted}` })) ? { where: `trace:${quoted}` } : undefined;
}
