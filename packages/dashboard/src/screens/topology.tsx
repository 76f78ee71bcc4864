/** Topology. */
import { Screen } from "../parts/screen.tsx";

export function Topology() {
  return <Screen title="Topology">Not there yet.</Screen>;
}
