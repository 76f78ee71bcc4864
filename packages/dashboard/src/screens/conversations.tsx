/** Conversations. */
import { Screen } from "../parts/screen.tsx";

export function Conversations() {
  return <Screen title="Conversations">Not there yet.</Screen>;
}
