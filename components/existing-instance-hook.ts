// What happens when an instance cannot be created, because its name is taken or because the provider lost it on the
// way: wait for a deletion, or say the way in.
import * as pulumi from "@pulumi/pulumi";
import { workspaceSettings } from "../lakebase/provider/dynamic.ts";
import { openWorkspace, type Workspace, WorkspaceError, waitUntilGone } from "../lakebase/workspace/index.ts";

const deletionDeadlineMs = 1_200_000;

/**
 * A hook for a failed creation. The service deletes asynchronously and keeps the name until it is done: then the
 * creation is tried again. An instance that stays is named, with the command that brings it into the stack.
 */
export function existingInstanceHook(name: string, parent: pulumi.Resource): pulumi.ResourceHookBinding {
  if (!takesErrorHooks()) return {};
  const hook = new pulumi.ErrorHook(
    `lakebase-existing-instance-${name}`,
    async ({ failedOperation, errors, newInputs }) => {
      const instanceName: unknown = newInputs?.name;
      const [latest = ""] = errors;
      if (failedOperation !== "create" || typeof instanceName !== "string") return false;
      if (!/already exists|being deleted/i.test(latest)) {
        await sayWhatIsLeft(instanceName, parent);
        return false;
      }
      const isGone = await deletionEnds(instanceName, parent);
      if (!isGone) await sayHowToAdopt(instanceName, parent);
      return isGone;
    },
  );
  return { onError: [hook] };
}

/** Pulumi's mocks have no error hooks, and a program under test that declares one would wait for ever. */
function takesErrorHooks(): boolean {
  const monitor = pulumi.runtime.getMonitor() as { registerErrorHook?: unknown } | undefined;
  return typeof monitor?.registerErrorHook === "function";
}

/** The workspace of the stack's own provider. */
async function ownWorkspace(): Promise<Workspace> {
  return await openWorkspace(workspaceSettings({ get: pulumi.runtime.getConfig }, {}));
}

/** The provider forgets an instance when anything fails after its creation was accepted. */
async function sayWhatIsLeft(instanceName: string, resource: pulumi.Resource): Promise<void> {
  try {
    await (await ownWorkspace()).getInstance(instanceName);
    await sayHowToAdopt(instanceName, resource);
  } catch {
    // There is none, or the workspace does not answer: the provider's own error says what happened.
  }
}

/** Whether the name has become free: only a deletion that is under way is waited for. */
async function deletionEnds(instanceName: string, resource: pulumi.Resource): Promise<boolean> {
  try {
    const workspace = await ownWorkspace();
    const { state } = await workspace.getInstance(instanceName);
    if (state !== "DELETING") return false;
    await pulumi.log.info(
      `instance "${instanceName}" is still being deleted: waiting until its name is free`,
      resource,
    );
    await waitUntilGone(workspace, instanceName, { deadlineMs: deletionDeadlineMs });
    return true;
  } catch (error) {
    // Gone meanwhile: the name is free.
    return error instanceof WorkspaceError && error.status === 404;
  }
}

async function sayHowToAdopt(instanceName: string, resource: pulumi.Resource): Promise<void> {
  await pulumi.log.error(
    `instance "${instanceName}" exists in the workspace, and this stack does not have it: an interrupted deployment left it, or it is somebody else's. ` +
      `fix: set adoptExisting: true for one \`pulumi up\` to take it under management with its data (in this project: pulumi up -c lakebase:adoptExisting=true); or choose another name`,
    resource,
  );
}
