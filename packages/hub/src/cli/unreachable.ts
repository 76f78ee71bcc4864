/** Unreachable: what is said of a hub that does not answer. */
import { HermodError } from "hermod";

export function unreachable(url: string, why: string): HermodError {
  const { origin } = new URL(url);
  return new HermodError("HERMOD_UNREACHABLE", `no hub at ${origin}: ${why}`, { details: { url: origin } });
}
