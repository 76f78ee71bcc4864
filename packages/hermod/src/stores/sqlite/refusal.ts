/** Refusals that more than one part gives. */
import { HermodError } from "../../core/errors.ts";
import { VERSION } from "./schema.ts";
import { trouble } from "./trouble.ts";

/** The file is damaged, or none of ours. */
export function corrupt(
  file: string,
  message: string,
  more: { readonly hint?: string; readonly details?: object; readonly cause?: unknown } = {},
): HermodError {
  return trouble("HERMOD_STORE_CORRUPT", message, file, more);
}

/** A newer release wrote the file. */
export function newer(file: string, version: number, known = VERSION): HermodError {
  const message = `${file} has version ${version}, and this release reads up to ${known}`;
  const hint = `Update Hermod, or restore the copy that the newer release left (${file}.v${known}.bak), if it is there.`;
  return trouble("HERMOD_STORE_VERSION", message, file, { details: { version, known }, hint });
}

/** The library that this Node brings is too old. */
export function checkLibrary(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major * 1e6 + minor * 1e3 + patch >= 3_051_003) return;
  throw new HermodError(
    "HERMOD_UNSUPPORTED",
    `SQLite ${version} can damage a file that several connections use; 3.51.3 or newer is needed`,
    { hint: "Use a newer Node 24: its process.versions.sqlite says which SQLite it brings." },
  );
}
