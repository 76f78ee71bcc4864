/** An answer that is ready, or a promise of it: what is ready is returned as it is, and only promises are awaited. */
export type Maybe<T> = T | Promise<T>;

/** True for a promise or anything that can be awaited like one. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Goes on with `value` at once when it is ready, else when its promise is fulfilled. */
export function chain<T, R>(value: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return isPromise(value) ? (value as Promise<T>).then(next) : next(value as T);
}
