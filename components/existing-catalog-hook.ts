// What happens when a database cannot be registered, because the catalog exists or because the provider lost it on the
// way.
import * as pulumi from "@pulumi/pulumi";
import { type DatabaseCatalog, orNothing } from "../lakebase/workspace/index.ts";
import { ownWorkspace } from "./own-workspace.ts";
import { type Inputs, unfinishedCreationHooks } from "./unfinished-creation.ts";

/**
 * Hooks around the registration. One that was accepted and failed is undone, which loses no data, and tried again; one
 * that was there before is named.
 */
export function catalogCreationHooks(name: string, parent: pulumi.Resource): pulumi.ResourceHookBinding {
  const find = async ({ name: catalog }: Inputs) =>
    await orNothing((await ownWorkspace()).getCatalog(String(catalog)));
  const registersThis = ({ instanceName, databaseName }: DatabaseCatalog, inputs: Inputs) =>
    instanceName === inputs.databaseInstanceName && databaseName === inputs.databaseName;
  return unfinishedCreationHooks<DatabaseCatalog>(`catalog-${name}`, parent, {
    describe: (inputs) => `catalog "${inputs.name}"`,
    find,
    isOwn: async (found, inputs) => registersThis(found, inputs),
    async settle(inputs) {
      await (await ownWorkspace()).deleteCatalog(String(inputs.name));
      return "undone";
    },
    async whenTaken(inputs) {
      const found = await find(inputs).catch(() => undefined);
      if (found !== undefined) await sayWhoseItIs(found, registersThis(found, inputs), parent);
      return false;
    },
  });
}

/** Removing a registration loses no data, but somebody may read through it. */
async function sayWhoseItIs(
  { name, instanceName, databaseName }: DatabaseCatalog,
  isThisOne: boolean,
  resource: pulumi.Resource,
): Promise<void> {
  const fix = isThisOne
    ? `if an interrupted deployment left it, remove the registration (databricks database delete-database-catalog ${name}; no data is lost) and run \`pulumi up\` again; or choose another catalog name`
    : "choose another catalog name";
  await pulumi.log.error(
    `catalog "${name}" exists in the workspace, and this stack does not have it: it registers database "${databaseName}" of instance "${instanceName}". fix: ${fix}`,
    resource,
  );
}
