/** All probes, in the order in which they are tried. */
import type { Ground } from "./ground.ts";
import type { Probe } from "./probe.ts";
import { answers } from "./tables/answers.ts";
import { commands } from "./tables/commands.ts";
import { figures } from "./tables/figures.ts";
import { files } from "./tables/files.ts";
import { identity } from "./tables/identity.ts";
import { input } from "./tables/input.ts";
import { network } from "./tables/network.ts";
import { outgoing } from "./tables/outgoing.ts";
import { page } from "./tables/page.ts";

export function allProbes(ground: Ground): readonly Probe[] {
  return [
    ...[...identity(ground), ...input, ...files, ...network(ground)],
    ...[...answers(ground), ...outgoing, ...figures, ...page, ...commands],
  ];
}
