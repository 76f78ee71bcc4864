/** The runtime over a store behind a hub: the group "many". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.many) suite("behind a hub", behindHub);
