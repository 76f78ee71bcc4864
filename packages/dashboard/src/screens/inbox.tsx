/** Inbox. */
import { Screen } from "../parts/screen.tsx";

export function Inbox() {
  return <Screen title="Inbox">Not there yet.</Screen>;
}
