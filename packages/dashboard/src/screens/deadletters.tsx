/** Dead letters. */
import { Screen } from "../parts/screen.tsx";

export function DeadLetters() {
  return <Screen title="Dead letters">Not there yet.</Screen>;
}
