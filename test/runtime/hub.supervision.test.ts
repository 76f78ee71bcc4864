/** The runtime over a store behind a hub: the group "supervision". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.supervision) suite("behind a hub", behindHub);
