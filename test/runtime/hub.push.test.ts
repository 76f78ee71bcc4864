/** The runtime over a store behind a hub: the group "push". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.push) suite("behind a hub", behindHub);
