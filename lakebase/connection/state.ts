// Stage "state": waits until the instance is available, or finds that it never will be.
import type { Clock, DatabaseInstance, Workspace } from "../workspace/index.ts";
import { diagnoseStateError, diagnoseStillWaiting, judgeState } from "./diagnose-workspace.ts";
import { ConnectionProblem } from "./problem.ts";

/** What the wait goes by. */
export interface StateWait {
  workspace: Workspace;
  instanceName: string;
  /** The instance as it is being asked for already. */
  firstLook?: Promise<DatabaseInstance> | undefined;
  endpoint: "read-write" | "read-only";
  clock: Clock;
  /** When the wait began, by the clock. */
  started: number;
  /** When it must end, by the clock. */
  deadline: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((line: string) => void) | undefined;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** Returns the instance once it is available with an endpoint, or stopped. */
export async function awaitSettledState(
  wait: StateWait,
): Promise<{ verdict: "available" | "stopped"; instance: DatabaseInstance; hasWaited: boolean }> {
  const { workspace, instanceName, clock, signal } = wait;
  const target = { instance: instanceName };
  let announced: string | undefined;
  let look = wait.firstLook;
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 2)) {
    let instance: DatabaseInstance;
    try {
      instance = await (look ?? workspace.getInstance(instanceName, { signal }));
      look = undefined;
    } catch (error) {
      signal?.throwIfAborted();
      throw new ConnectionProblem("state", target, diagnoseStateError(error, instanceName, workspace.host));
    }
    const verdict = judgeState(instance, wait.endpoint);
    if (typeof verdict === "object") throw new ConnectionProblem("state", target, verdict);
    if (verdict !== "waiting") return { verdict, instance, hasWaited: announced !== undefined };
    const now = clock.now();
    if (now >= wait.deadline) {
      throw new ConnectionProblem("state", target, diagnoseStillWaiting(instance, now - wait.started));
    }
    if (announced !== instance.state) {
      announced = instance.state;
      wait.onProgress?.(`instance "${instanceName}" is ${instance.state}: waiting until it is AVAILABLE`);
    }
    await clock.sleep(Math.min(pause, wait.deadline - now), signal);
  }
}
