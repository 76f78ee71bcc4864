/** Traces. */
import { Screen } from "../parts/screen.tsx";

export function Traces() {
  return <Screen title="Traces">Not there yet.</Screen>;
}
