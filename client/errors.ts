// Failures of minting a token: which ones waiting cannot mend, and those that the client itself finds.
import { WorkspaceError } from "../lakebase/workspace/index.ts";
import type { IssuedToken } from "./token-types.ts";

const permanentStatuses = new Set([400, 401, 403, 404]);
const permanentCodes = new Set(["CONFIGURATION", "AUTHENTICATION", "UNUSABLE_TOKEN"]);

/** Whether waiting will not help: the workspace understood the request and said no. */
export function isPermanent(error: unknown): boolean {
  const { status, errorCode } = error as { status?: unknown; errorCode?: unknown };
  if (typeof status === "number") return permanentStatuses.has(status);
  return typeof errorCode === "string" && permanentCodes.has(errorCode);
}

/** No token came in time. */
export function tokenTimeout(milliseconds: number): WorkspaceError {
  return new WorkspaceError({
    errorCode: "TIMEOUT",
    reason: `no token within ${milliseconds / 1000} s`,
    fix: "check that the workspace can be reached from here",
    code: "ETIMEDOUT",
  });
}

/** A token was asked of a source that is closed. */
export function tokenSourceClosed(): WorkspaceError {
  return new WorkspaceError({
    errorCode: "CLOSED",
    reason: "the pool that kept the token was ended",
    fix: "create a new pool",
  });
}

function unusableToken(reason: string, fix: string): WorkspaceError {
  return new WorkspaceError({ errorCode: "UNUSABLE_TOKEN", reason, fix });
}

/** It may give another one later. */
function refusedAgain(): WorkspaceError {
  return new WorkspaceError({
    errorCode: "REFUSED_TOKEN",
    reason: "the workspace issued the token again that the server refused",
    fix: "try again later",
  });
}

/** Whatever was thrown, as an error. */
export function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Why what the credential API answered cannot be used; undefined when it can. */
export function problemOf(
  issued: IssuedToken,
  lifetime: number,
  refused: string | undefined,
): Error | undefined {
  if (typeof issued.token !== "string" || issued.token === "" || Number.isNaN(lifetime)) {
    const reason = "the credential has no token or no expiry date";
    return unusableToken(reason, "check that the host is a Databricks workspace");
  }
  if (lifetime <= 0) {
    const reason = `the credential just issued expired at ${issued.expiresAt.toISOString()} by this machine's clock`;
    return unusableToken(reason, "set this machine's clock");
  }
  return issued.token === refused ? refusedAgain() : undefined;
}
