// What happens when a synced table cannot be created, because it exists or because the provider lost it on the way.
import * as pulumi from "@pulumi/pulumi";
import { orNothing, type SyncedTable, waitUntilSyncedTableGone } from "../lakebase/workspace/index.ts";
import { ownWorkspace } from "./own-workspace.ts";
import { type Inputs, unfinishedCreationHooks } from "./unfinished-creation.ts";

const deletionDeadlineMs = 600_000;

/**
 * Hooks around the creation. A table that was accepted and failed is undone, which loses no more than a copy that is
 * seconds old, and tried again; one that was there before is named.
 */
export function syncedTableCreationHooks(name: string, parent: pulumi.Resource): pulumi.ResourceHookBinding {
  const find = async ({ name: table }: Inputs) =>
    await orNothing((await ownWorkspace()).syncedTables.get(String(table)));
  return unfinishedCreationHooks<SyncedTable>(`synced-table-${name}`, parent, {
    describe: (inputs) => `synced table "${inputs.name}"`,
    find,
    isOwn: async (
      { instanceName, catalogState, spec },
      { databaseInstanceName: wanted = instanceName, ...inputs },
    ) =>
      catalogState !== "DELETING" &&
      (instanceName === undefined || instanceName === wanted) &&
      (spec === undefined || isAsked(spec, inputs.spec as Asked)),
    async settle(inputs) {
      const workspace = await ownWorkspace();
      await workspace.syncedTables.delete(String(inputs.name), { purge: true });
      await waitUntilSyncedTableGone(workspace, String(inputs.name), { deadlineMs: deletionDeadlineMs });
      return "undone";
    },
    async whenTaken(inputs) {
      if ((await find(inputs).catch(() => undefined)) !== undefined) await sayThatItExists(inputs, parent);
      return false;
    },
  });
}

/** What the provider was told of a table's copy. */
interface Asked {
  sourceTableFullName?: unknown;
  primaryKeyColumns?: unknown;
  schedulingPolicy?: unknown;
  timeseriesKey?: unknown;
}

/** Whether a table is the copy that was asked for; what the service does not tell is not compared. */
export function isAsked(found: NonNullable<SyncedTable["spec"]>, asked: Asked = {}): boolean {
  const pairs = [
    [found.source, asked.sourceTableFullName],
    [found.primaryKey, asked.primaryKeyColumns],
    [found.policy, asked.schedulingPolicy],
    [found.timeseriesKey, asked.timeseriesKey],
  ];
  return pairs.every(([is, wanted]) => is === undefined || JSON.stringify(is) === JSON.stringify(wanted));
}

async function sayThatItExists({ name }: Inputs, resource: pulumi.Resource): Promise<void> {
  await pulumi.log.error(
    `synced table "${name}" exists in the workspace, and this stack does not have it: an interrupted deployment left it, or it is somebody else's. ` +
      "fix: if nobody else needs the copy, delete it in the workspace with its PostgreSQL table and run `pulumi up` again; or choose another name",
    resource,
  );
}
