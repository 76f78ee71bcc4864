/** The runtime over a store behind a hub: the group "topics". */
import { groups } from "./groups.ts";
import { behindHub } from "./stores.ts";

for (const suite of groups.topics) suite("behind a hub", behindHub);
