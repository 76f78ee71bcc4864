/** Breakers. */
import { Screen } from "../parts/screen.tsx";

export function Breakers() {
  return <Screen title="Breakers">Not there yet.</Screen>;
}
