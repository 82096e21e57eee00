// The workspace of the stack's own databricks provider, for what has to be asked while the program runs.
import * as pulumi from "@pulumi/pulumi";
import { workspaceSettings } from "../lakebase/provider/dynamic.ts";
import { openWorkspace, type Workspace, WorkspaceError } from "../lakebase/workspace/index.ts";

/** Opens it; nothing is sent yet. */
export async function ownWorkspace(): Promise<Workspace> {
  return await openWorkspace(workspaceSettings({ get: pulumi.runtime.getConfig }, {}));
}

/** What there is; undefined where the workspace says that there is nothing. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WorkspaceError && error.status === 404) return undefined;
    throw error;
  }
}
