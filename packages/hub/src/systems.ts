/** Systems: what runs in the processes behind a hub, as each of them says. */
import type { Address, System, SystemLook } from "hermod";
import type { Hosting } from "hermod/remote";

/** How long a system may take to answer. */
const PATIENCE = "2s";
/** A system's own address; those of its schedules and of people are no systems. */
const SYSTEM = /^~[0-9a-f]{8}-/u;

/** A system behind the hub: what it says, or nothing where it does not answer. */
export interface SystemStatus {
  readonly system: string;
  /** What its client calls itself. */
  readonly client?: string;
  /** What its client says that it serves. */
  readonly served?: ReadonlySet<Address>;
  readonly look?: SystemLook;
}

/** All systems that are connected, and the hub's own. */
export async function lookAll(system: System, hosting: Hosting): Promise<readonly SystemStatus[]> {
  const remote = hosting.sessions.flatMap(({ served, client }) =>
    [...served].filter((address) => SYSTEM.test(address)).map((address) => ({ address, client, served })),
  );
  const own = { address: system.address, client: "hub", served: undefined };
  const all = [own, ...remote];
  return Promise.all(
    all.map(async ({ address, client, served }) => {
      const look = await system.call(address, "look", {}, { timeout: PATIENCE }).catch(() => undefined);
      const named = { ...(client !== undefined && { client }), ...(served && { served }) };
      return { system: address, ...named, ...(look !== undefined && { look: look as SystemLook }) };
    }),
  );
}
