/** Host: where programs run. */
import { asItIs, type Command } from "../program.ts";

export interface Host {
  /** By which those who can reach it do so. */
  readonly address: string;
  /** Where its programs keep what those of other hosts must not see; undefined where there are no others. */
  readonly folder?: string;
  /** Runs another command there. */
  readonly command: Command;
}

/** Where this process runs. */
export const here: Host = { address: "127.0.0.1", command: asItIs };
