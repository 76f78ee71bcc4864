/** Messages. */
import { Screen } from "../parts/screen.tsx";

export function Messages() {
  return <Screen title="Messages">Not there yet.</Screen>;
}
