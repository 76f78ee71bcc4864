/** Spy: remembers a system's reports, and lets a test wait for one instead of sleeping. */
import { withMethods } from "../core/options.ts";
import type { Report, ReportType, System } from "../index.ts";

/** Reports of one type. */
export type ReportOf<T extends ReportType> = Extract<Report, { readonly type: T }>;

interface Wait {
  readonly type: ReportType;
  readonly fits: (report: never) => boolean;
  readonly found: (report: never) => void;
}

export class Spy {
  readonly all: Report[] = [];
  #waits: Wait[] = [];

  /** Hears one report. */
  readonly listen = (report: Report): void => {
    this.all.push(report);
    for (const wait of this.#waits.filter(
      ({ type, fits }) => type === report.type && fits(report as never),
    )) {
      this.#waits = this.#waits.filter((other) => other !== wait);
      wait.found(report as never);
    }
  };

  /** The reports of a type so far. */
  of<T extends ReportType>(type: T): ReportOf<T>[] {
    return this.all.filter((report): report is ReportOf<T> => report.type === type);
  }

  /** The first report of a type that fits, past or to come. */
  async seen<T extends ReportType>(
    type: T,
    fits: (report: ReportOf<T>) => boolean = () => true,
  ): Promise<ReportOf<T>> {
    return this.of(type).find(fits) ?? this.next(type, fits);
  }

  /** The next report of a type that fits, from now on. */
  next<T extends ReportType>(
    type: T,
    fits: (report: ReportOf<T>) => boolean = () => true,
  ): Promise<ReportOf<T>> {
    return new Promise((found) => {
      this.#waits.push({ type, fits, found });
    });
  }
}

/** A spy on a running system. */
export function spy(system: System): Spy {
  withMethods("spy: the system", system, ["reports"]);
  const watcher = new Spy();
  system.reports(watcher.listen);
  return watcher;
}
