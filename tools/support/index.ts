// What the tools have in common: running commands, showing progress, locking, asking whether a site answers.
export { runInForeground } from "../../bin/foreground.ts";
export { withLock } from "./lock.ts";
export { createProgress, elapsed, type Progress, type ProgressOptions } from "./progress.ts";
export { whyUnreachable } from "./reach.ts";
export { failureOf, type RunOptions, type RunResult, run } from "./run.ts";
