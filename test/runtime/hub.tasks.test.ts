/** The runtime over a store behind a hub: the group "tasks". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.tasks) suite("behind a hub", behindHub);
