/** Agent. */
import { Screen } from "../parts/screen.tsx";

export function Agent() {
  return <Screen title="Agent">Not there yet.</Screen>;
}
