/** The runtime over a store behind a hub: the group "pull". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.pull) suite("behind a hub", behindHub);
