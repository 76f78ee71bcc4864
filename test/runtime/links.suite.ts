import type { On } from "./stage.ts";
export function linkSuite(_name: string, _on: On): void {}
