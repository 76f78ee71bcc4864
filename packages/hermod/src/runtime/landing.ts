/** Landing: where the end of an asynchronous handler arrives. */
import type { Run } from "./run.ts";

type Succeeded = (run: Run, value: unknown) => void;
type Failed = (run: Run, thrown: unknown) => void;

/** The landings of one system; a landing is used again and again, since two closures a message are much garbage. */
export class Landings {
  readonly #free: Landing[] = [];
  readonly #succeeded: Succeeded;
  readonly #failed: Failed;

  constructor(succeeded: Succeeded, failed: Failed) {
    this.#succeeded = succeeded;
    this.#failed = failed;
  }

  /** Waits for the end of a run's handler. */
  follow(run: Run, result: Promise<unknown>): void {
    const landing = this.#free.pop() ?? this.#make();
    landing.run = run;
    landing.follow(result);
  }

  #make(): Landing {
    return new Landing((landed) => this.#free.push(landed), this.#succeeded, this.#failed);
  }
}

class Landing {
  run: Run | undefined;
  readonly #succeed: (value: unknown) => void;
  readonly #fail: (thrown: unknown) => void;

  constructor(free: (landing: Landing) => void, succeeded: Succeeded, failed: Failed) {
    const take = (): Run => {
      const run = this.run as Run;
      this.run = undefined;
      free(this);
      return run;
    };
    this.#succeed = (value) => succeeded(take(), value);
    this.#fail = (thrown) => failed(take(), thrown);
  }

  follow(result: Promise<unknown>): void {
    result.then(this.#succeed, this.#fail);
  }
}
