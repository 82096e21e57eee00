// Stage "credential": a fresh token for an instance, by a request id of its own each time.
import type { CallOptions, DatabaseCredential, Workspace } from "../workspace/index.ts";
import { diagnoseCredential } from "./diagnose-workspace.ts";
import { ConnectionProblem } from "./problem.ts";

/** Mints a token that logs in to the instance; a refusal says which permission is missing. */
export async function mintCredential(
  workspace: Workspace,
  instanceName: string,
  options: CallOptions = {},
): Promise<DatabaseCredential> {
  try {
    return await workspace.generateDatabaseCredential({ instanceNames: [instanceName] }, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new ConnectionProblem(
      "credential",
      { instance: instanceName },
      diagnoseCredential(error, instanceName),
    );
  }
}
