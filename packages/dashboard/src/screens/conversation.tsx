/** Conversation. */
import { Screen } from "../parts/screen.tsx";

export function Conversation() {
  return <Screen title="Conversation">Not there yet.</Screen>;
}
