/** The message of every benchmark: about 200 bytes as JSON, made fresh each time, its texts shared so that no side pays for building strings. */
export interface Payload {
  id: number;
  conversation: string;
  agent: string;
  step: number;
  text: string;
  done: boolean;
}

const CONVERSATION = "conversation-0042";
const TEXT =
  "The tide turns twice a day; the second high water comes about twelve hours and a half after the first one.";

export const payload = (id: number): Payload => ({
  id,
  conversation: CONVERSATION,
  agent: "researcher",
  step: id & 7,
  text: TEXT,
  done: false,
});
