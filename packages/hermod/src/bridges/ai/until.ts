/** Until: waits that a signal ends at once, whether or not what is waited for listens to it. */

/** The value, or the signal's reason when it fires first. */
export function untilAborted<T>(signal: AbortSignal, value: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    const done = (): void => signal.removeEventListener("abort", stop);
    value.then(
      (ready) => (done(), resolve(ready)),
      (error: unknown) => (done(), reject(error as Error)),
    );
    if (signal.aborted) stop();
  });
}

/** The pieces of a stream; who stops reading, or whose signal fires, cancels it. @throws the signal's reason. */
export async function* piecesOf<T>(stream: ReadableStream<T>, signal: AbortSignal): AsyncGenerator<T> {
  const reader = stream.getReader();
  const stop = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (true) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}
