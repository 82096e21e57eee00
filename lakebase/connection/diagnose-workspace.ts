// Diagnoses of the stages that talk to the workspace: authenticate, state, credential. Pure.
import { type DatabaseInstance, WorkspaceError } from "../workspace/index.ts";
import type { Diagnosis } from "./problem.ts";

function ofWorkspaceError(error: WorkspaceError): Diagnosis {
  const isPassing =
    error.status === undefined ? /^(UNREACHABLE|TIMEOUT)$/.test(error.errorCode) : error.status >= 500;
  // The error's own message names method and host, and ends with its fix.
  const reason = error.message.replace(`; ${error.fix}`, "");
  return { code: error.errorCode, reason, fix: error.fix, retry: isPassing ? "briefly" : "never" };
}

function ofAnything(error: unknown): Diagnosis {
  if (error instanceof WorkspaceError) return ofWorkspaceError(error);
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "UNKNOWN", reason, fix: "check the workspace's host and credentials", retry: "never" };
}

/** Neither host nor caller could be settled. */
export function diagnoseAuthenticate(error: unknown): Diagnosis {
  // Nothing was reached yet: a wrong address does not become right by waiting.
  return { ...ofAnything(error), retry: "never" };
}

/** The instance could not be read. */
export function diagnoseStateError(error: unknown, instanceName: string, host: string): Diagnosis {
  const general = ofAnything(error);
  if (!(error instanceof WorkspaceError)) return general;
  if (error.status === 404) {
    return {
      code: error.errorCode,
      reason: `the workspace ${host} has no database instance "${instanceName}"`,
      fix: "check the instance's name and the workspace; deploy the instance before checking it",
      retry: "never",
    };
  }
  if (error.status === 403) {
    const fix = `ask for CAN_USE on the database instance "${instanceName}"`;
    return { ...general, fix };
  }
  return general;
}

/** What the state of an instance means for connecting. */
export type StateVerdict = "available" | "stopped" | "waiting" | Diagnosis;

/** Whether an instance can be connected to now, later or not at all. */
export function judgeState(instance: DatabaseInstance, endpoint: "read-write" | "read-only"): StateVerdict {
  const { state, name } = instance;
  if (state === "DELETING" || state === "DELETED") {
    return {
      code: state,
      reason: `the instance is being deleted (state ${state})`,
      fix: `wait for the deletion to end and create "${name}" anew, or connect to another instance`,
      retry: "never",
    };
  }
  // STOPPED although it is asked to run: the service has not begun to start it yet.
  if (state === "STOPPED") return instance.stopped === false ? "waiting" : "stopped";
  if (state !== "AVAILABLE") return "waiting";
  if (
    endpoint === "read-only" &&
    instance.readOnlyDns === undefined &&
    instance.readableSecondaries !== true
  ) {
    return {
      code: "NO_READ_ONLY_ENDPOINT",
      reason: "the instance has no read-only endpoint",
      fix: "set nodeCount to 2 or more and enableReadableSecondaries to true, or use the read-write endpoint",
      retry: "never",
    };
  }
  const dns = endpoint === "read-only" ? instance.readOnlyDns : instance.readWriteDns;
  return dns === undefined ? "waiting" : "available";
}

/** The instance is stopped and the caller wanted a connection. */
export function diagnoseStopped(): Diagnosis {
  return {
    code: "STOPPED",
    reason: "the instance is stopped, it refuses every connection",
    fix: "start it: set stopped to false and deploy",
    retry: "never",
  };
}

/** The deadline passed while the instance was in a transitional state. */
export function diagnoseStillWaiting(instance: DatabaseInstance, waitedMs: number): Diagnosis {
  const waited = `after ${Math.round(waitedMs / 1000)} s`;
  const isAvailable = instance.state === "AVAILABLE";
  return {
    code: isAvailable ? "NO_ENDPOINT" : "NOT_AVAILABLE",
    reason: isAvailable
      ? `the instance is AVAILABLE but has no DNS name yet ${waited}`
      : `the instance is still in state ${instance.state || "(none)"} ${waited}`,
    fix: "look at the instance in the workspace; run again when it is AVAILABLE, or allow a longer deadline",
    retry: "never",
  };
}

/** No token could be had for the instance. */
export function diagnoseCredential(error: unknown, instanceName: string): Diagnosis {
  const general = ofAnything(error);
  if (!(error instanceof WorkspaceError)) return general;
  const fixes: Record<number, string> = {
    401: "authenticate anew: the token or client secret expired, was revoked, or belongs to another workspace",
    403: `ask for CAN_USE on the database instance "${instanceName}" (workspace permissions, not Postgres grants)`,
    404: `check the name "${instanceName}": it was deleted or renamed since its state was read`,
  };
  const fix = error.status === undefined ? undefined : fixes[error.status];
  return fix === undefined ? general : { ...general, fix };
}
