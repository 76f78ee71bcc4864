/** System. */
import { Screen } from "../parts/screen.tsx";

export function SystemScreen() {
  return <Screen title="System">Not there yet.</Screen>;
}
