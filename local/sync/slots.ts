// A limit on how many things happen at the same time.

/** Lets a limited number of tasks run; the others wait in line. */
export interface Slots {
  use<T>(task: () => Promise<T>): Promise<T>;
}

/** Makes the limit. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async use(task) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        // Handed over directly, so that nobody gets in between.
        if (next) next();
        else free++;
      }
    },
  };
}
