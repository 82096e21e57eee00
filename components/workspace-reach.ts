// Says within seconds that the workspace does not answer: the provider itself would retry in silence.
import * as pulumi from "@pulumi/pulumi";
import { findWorkspaceHost, probeWorkspace } from "../lakebase/workspace/index.ts";

const probeTimeoutMs = 5_000;

/**
 * Stops the program when a workspace is configured and does not answer at its address. Without any configured
 * host nothing is asked, so that a preview works offline.
 *
 * @throws pulumi.RunError naming the address, the cause and the fix
 */
export async function requireWorkspace(): Promise<void> {
  const config = new pulumi.Config("databricks");
  const host = await findWorkspaceHost({
    host: config.get("host"),
    profile: config.get("profile"),
    configFile: config.get("configFile"),
  });
  if (host === undefined) return;
  const reach = await probeWorkspace(host, { timeoutMs: probeTimeoutMs });
  if (reach.reachable) return;
  throw new pulumi.RunError(reach.message);
}
