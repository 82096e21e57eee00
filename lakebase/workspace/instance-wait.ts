// Waits until an instance has a wanted state; every state that is not wanted is a state in between.
import { type Clock, systemClock } from "./clock.ts";
import { WorkspaceError } from "./errors.ts";
import type { DatabaseInstance } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** What to wait for. */
export interface InstanceWait {
  /** The states that end the wait. */
  states: readonly string[];
  /** How long to wait at most. */
  deadlineMs: number;
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/**
 * Polls with growing pauses until the instance has one of the states.
 *
 * @throws WorkspaceError at the deadline, when the instance is being deleted, or when it cannot be read
 */
export async function waitForInstance(
  workspace: Pick<Workspace, "getInstance" | "host">,
  name: string,
  { states, deadlineMs, clock = systemClock, signal }: InstanceWait,
): Promise<DatabaseInstance> {
  const started = clock.now();
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    const instance = await workspace.getInstance(name, { signal });
    if (states.includes(instance.state)) return instance;
    const waited = clock.now() - started;
    if (instance.state === "DELETING" || waited + pause > deadlineMs) {
      throw stuck(workspace.host, instance, states, waited);
    }
    await clock.sleep(pause, signal);
  }
}

/**
 * Polls until the workspace no longer knows the instance.
 *
 * @throws WorkspaceError at the deadline, or when the workspace cannot be asked
 */
export async function waitUntilGone(
  workspace: Pick<Workspace, "getInstance" | "host">,
  name: string,
  { deadlineMs, clock = systemClock, signal }: Omit<InstanceWait, "states">,
): Promise<void> {
  const started = clock.now();
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    try {
      const instance = await workspace.getInstance(name, { signal });
      const waited = clock.now() - started;
      if (waited + pause > deadlineMs) throw stillThere(workspace.host, instance, waited);
    } catch (error) {
      if (error instanceof WorkspaceError && error.status === 404) return;
      throw error;
    }
    await clock.sleep(pause, signal);
  }
}

function stillThere(host: string, { name, state }: DatabaseInstance, waited: number): WorkspaceError {
  return new WorkspaceError({
    errorCode: "INSTANCE_STATE",
    reason: `instance "${name}" is ${state} after ${Math.round(waited / 1000)} s and not gone`,
    host,
    fix: "look at the instance in the workspace; deleting one with clones needs the clones deleted first",
  });
}

function stuck(
  host: string,
  { name, state }: DatabaseInstance,
  states: readonly string[],
  waited: number,
): WorkspaceError {
  const wanted = states.join(" or ");
  if (state === "DELETING") {
    return new WorkspaceError({
      errorCode: "INSTANCE_STATE",
      reason: `instance "${name}" is being deleted and will not become ${wanted}`,
      host,
      fix: "wait until it is gone, then create it again",
    });
  }
  return new WorkspaceError({
    errorCode: "INSTANCE_STATE",
    reason: `instance "${name}" is ${state} after ${Math.round(waited / 1000)} s, not ${wanted}`,
    host,
    fix: "run it again: it goes on waiting; or look at the instance in the workspace",
  });
}
