// Whether memory is given back: the heap after a collection, before and after much work.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Megabytes that are still referenced. */
export async function heapMegabytes(): Promise<number> {
  // Twice, and after a turn: what finalizers and closing sockets let go of counts as well.
  for (let round = 0; round < 2; round += 1) {
    await new Promise((turn) => setTimeout(turn, 50));
    collect();
  }
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Generous: what fuzzing leaves behind in a log with a limit is no leak. */
export const allowedGrowth = 48;
