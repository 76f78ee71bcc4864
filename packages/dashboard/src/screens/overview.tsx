/** Overview: whether anything is wrong, and where. */
import { Empty } from "../parts/empty.tsx";

export function Overview() {
  return <Empty title="Overview" />;
}
