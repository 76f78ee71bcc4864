/** Message. */
import { Screen } from "../parts/screen.tsx";

export function Message() {
  return <Screen title="Message">Not there yet.</Screen>;
}
