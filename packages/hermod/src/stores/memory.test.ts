import { test } from "node:test";
import { storeSuite } from "../testing/storeSuite.ts";
import { memory } from "./memory.ts";

storeSuite("memory", () => memory(), { test });
