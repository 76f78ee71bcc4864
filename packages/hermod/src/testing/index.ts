/** Tools for tests: a clock to move, a spy, seeded randomness, a simulated model, and the laws that every store keeps. */
export { TestClock, testClock } from "./clock.ts";
export { copies } from "./copies.ts";
export {
  simulated,
  type FaultKind,
  type Script,
  type SimulatedModel,
  type SimulatedOptions,
} from "./model.ts";
export { Pipes, linked, type Linked, type Linking } from "./pipes.ts";
export { recorded } from "./recorded.ts";
export { replayed, type ReplayedModel } from "./replayed.ts";
export { seeded } from "./random.ts";
export { Spy, spy, type ReportOf } from "./spy.ts";
export { storeSuite, type StoreSuiteOptions, type TestFunction } from "./storeSuite.ts";
export { testSystem, type TestOptions, type TestSystem } from "./system.ts";
