/** Supervision. */
import { Screen } from "../parts/screen.tsx";

export function Supervision() {
  return <Screen title="Supervision">Not there yet.</Screen>;
}
