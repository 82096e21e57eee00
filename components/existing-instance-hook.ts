// What happens when an instance cannot be created, because its name is taken or because the provider lost it on the
// way: wait for a deletion, or say the way in.
import * as pulumi from "@pulumi/pulumi";
import {
  type DatabaseInstance,
  orNothing,
  WorkspaceError,
  waitUntilGone,
} from "../lakebase/workspace/index.ts";
import { ownWorkspace } from "./own-workspace.ts";
import { type Inputs, isRegistered, unfinishedCreationHooks } from "./unfinished-creation.ts";

const deletionDeadlineMs = 1_200_000;

/**
 * Hooks around the creation of an instance. One that was accepted and failed is registered under a name of its own,
 * which the resource has as an alias: so the engine has it in the state, and takes it for the resource at the next
 * deployment. Where the name is
 * taken: the service deletes asynchronously and keeps the name until it is done; then the creation is tried again. An
 * instance that stays is named, with the command that brings it into the stack.
 *
 * @param takeIn registers an existing instance; undefined where that must not be
 */
export function instanceCreationHooks(
  name: string,
  parent: pulumi.Resource,
  takeIn: ((instanceName: string) => pulumi.CustomResource) | undefined,
): pulumi.ResourceHookBinding {
  return unfinishedCreationHooks<DatabaseInstance>(`instance-${name}`, parent, {
    describe: (inputs) => `instance "${nameIn(inputs)}"`,
    find: async (inputs) => await orNothing((await ownWorkspace()).getInstance(nameIn(inputs))),
    async isOwn({ state, creator }) {
      const { userName } = await (await ownWorkspace()).currentUser();
      return state !== "DELETING" && creator?.toLowerCase() === userName.toLowerCase();
    },
    async settle(inputs, interrupted) {
      if (takeIn === undefined) return "left";
      if (!interrupted && (await isRegistered(takeIn(nameIn(inputs))))) return "taken in";
      await sayHowToAdopt(nameIn(inputs), parent);
      return "told";
    },
    async whenTaken(inputs) {
      const isGone = await deletionEnds(nameIn(inputs), parent);
      if (!isGone) await sayHowToAdopt(nameIn(inputs), parent);
      return isGone;
    },
  });
}

function nameIn({ name }: Inputs): string {
  return String(name);
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
