// The workspace of the stack's own databricks provider, for what has to be asked while the program runs.
import * as pulumi from "@pulumi/pulumi";
import { workspaceSettings } from "../lakebase/provider/dynamic.ts";
import { openWorkspace, type Workspace } from "../lakebase/workspace/index.ts";

/** Opens it; nothing is sent yet. */
export async function ownWorkspace(): Promise<Workspace> {
  return await openWorkspace(workspaceSettings({ get: pulumi.runtime.getConfig }, {}));
}
