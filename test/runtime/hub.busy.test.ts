/** The runtime over a store behind a hub: the group "busy". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.busy) suite("behind a hub", behindHub);
