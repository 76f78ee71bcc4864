/** The runtime over a store behind a hub: the group "times". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.times) suite("behind a hub", behindHub);
