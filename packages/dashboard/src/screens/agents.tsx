/** Agents. */
import { Screen } from "../parts/screen.tsx";

export function Agents() {
  return <Screen title="Agents">Not there yet.</Screen>;
}
