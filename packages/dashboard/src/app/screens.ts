/** Screens: what there is to see, in the order of the menu, each with its letter behind "g". */
import {
  Activity,
  Bot,
  Gauge,
  Inbox,
  MailWarning,
  MessagesSquare,
  Network,
  Rows3,
  Server,
  Split,
  Workflow,
  Zap,
  type LucideIcon,
} from "lucide-react";

export interface Screen {
  readonly path: string;
  readonly name: string;
  readonly letter: string;
  readonly icon: LucideIcon;
}

export const screens = [
  { path: "/", name: "Overview", letter: "o", icon: Gauge },
  { path: "/live", name: "Live", letter: "l", icon: Activity },
  { path: "/messages", name: "Messages", letter: "m", icon: Rows3 },
  { path: "/conversations", name: "Conversations", letter: "c", icon: MessagesSquare },
  { path: "/agents", name: "Agents", letter: "a", icon: Bot },
  { path: "/dead-letters", name: "Dead letters", letter: "d", icon: MailWarning },
  { path: "/inbox", name: "Inbox", letter: "i", icon: Inbox },
  { path: "/breakers", name: "Breakers", letter: "b", icon: Zap },
  { path: "/supervision", name: "Supervision", letter: "s", icon: Workflow },
  { path: "/topology", name: "Topology", letter: "t", icon: Network },
  { path: "/traces", name: "Traces", letter: "w", icon: Split },
  { path: "/system", name: "System", letter: "y", icon: Server },
] as const satisfies readonly Screen[];
