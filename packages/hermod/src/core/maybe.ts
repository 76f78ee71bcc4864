/** An answer that is ready, or a promise of it: what is ready is returned as it is, and only promises are awaited. */
export type Maybe<T> = T | Promise<T>;

/** True for a promise of ours. What users return goes through `adopt` first: looking for a `then` in every value costs more. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

/** A user's value: whatever can be awaited as a promise, anything else as it is. */
export function adopt<T>(value: T | PromiseLike<T>): Maybe<T> {
  if (typeof value !== "object" || value === null || value instanceof Promise) return value as Maybe<T>;
  return typeof (value as { then?: unknown }).then === "function" ? Promise.resolve(value) : (value as T);
}

/** Goes on with `value` at once when it is ready, else when its promise is fulfilled. */
export function chain<T, R>(value: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return isPromise(value) ? (value as Promise<T>).then(next) : next(value as T);
}

/** Runs something that may throw, be ready or be pending; always gives a promise. */
export function promised<T>(run: () => Maybe<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
