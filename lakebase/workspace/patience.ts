// Work that takes no signal and knows no time limit, given up all the same.

/** Rejects when the signal aborts. */
export async function abandonOn<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  // Not thrown: the work has begun, and its own failure must be heard.
  if (signal.aborted) reject(signal.reason);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Rejects with `late` after the time, or as soon as the signal aborts. */
export async function within<T>(
  timeoutMs: number,
  late: Error,
  signal: AbortSignal | undefined,
  work: Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(late), timeoutMs);
  const ends = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
  try {
    return await abandonOn(ends, work);
  } finally {
    clearTimeout(timer);
  }
}
