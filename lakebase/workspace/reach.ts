// Says within seconds whether anything answers at a workspace's address, before a deployment waits for it.
import { diagnoseNetwork, diagnoseTimeout, networkCode, networkDetail } from "./diagnosis.ts";
import { normalizeHost } from "./settings.ts";

/** Whether a workspace answers. */
export type WorkspaceReach =
  | { reachable: true; host: string; status: number }
  | {
      reachable: false;
      host: string;
      errorCode: string;
      reason: string;
      fix: string;
      message: string;
      code?: string;
    };

/** How long to wait, and how to end waiting. */
export interface ProbeOptions {
  /** Default: 5 seconds. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends one unauthenticated request; any HTTP answer counts. Rejects only when the signal is aborted. */
export async function probeWorkspace(
  host: string,
  { timeoutMs = 5_000, signal }: ProbeOptions = {},
): Promise<WorkspaceReach> {
  const origin = normalizeHost(host);
  const failed = (diagnosis: {
    errorCode: string;
    reason: string;
    fix: string;
    code?: string;
  }): WorkspaceReach => ({
    reachable: false,
    host: origin ?? host,
    ...diagnosis,
    message: `${diagnosis.reason}; ${diagnosis.fix}`,
  });
  if (origin === undefined) {
    const reason = `the workspace's host "${host}" is not a web address`;
    return failed({ errorCode: "CONFIGURATION", reason, fix: "give it as https://name or http://name:port" });
  }
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(new URL("/.well-known/databricks-config", origin), {
      redirect: "manual",
      signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
    });
    await response.body?.cancel();
    return { reachable: true, host: origin, status: response.status };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (deadline.aborted) return failed(diagnoseTimeout(origin, timeoutMs));
    return failed(diagnoseNetwork(origin, networkCode(error), networkDetail(error)));
  }
}
