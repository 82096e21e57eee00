// The functions (invokes) of the plugin: look-ups that run whenever the program runs, in previews too.

import { messageOf } from "./connection/api-error.ts";
import type { Workspace } from "./connection/workspace.ts";
import { checkInputs } from "./framework/check.ts";
import { fromAnswer } from "./framework/convert.ts";
import type { Attributes, ResourceDescription } from "./framework/description.ts";
import { isObject, type Properties } from "./protocol/values.ts";
import { DATABASE_CATALOG } from "./resources/database-catalog.ts";
import { DATABASE_INSTANCE } from "./resources/database-instance.ts";
import { SYNCED_DATABASE_TABLE } from "./resources/synced-database-table.ts";

/** One function. */
export interface PluginFunction {
  token: string;
  inputs: Attributes;
  outputs: Attributes;
  run(workspace: Workspace, inputs: Properties): Promise<Properties>;
}

const PROVIDER_CONFIG: Attributes = {
  providerConfig: {
    type: { object: { workspaceId: { type: "string", given: "optional" } } },
    given: "optional",
  },
};

/** All functions, by their token. */
export const FUNCTIONS: ReadonlyMap<string, PluginFunction> = new Map(
  [
    lookUp("getDatabaseInstance", DATABASE_INSTANCE),
    lookUp("getDatabaseDatabaseCatalog", DATABASE_CATALOG),
    lookUp("getDatabaseSyncedDatabaseTable", SYNCED_DATABASE_TABLE),
    listInstances(),
    currentUser(),
  ].map((plugged) => [plugged.token, plugged] as const),
);

/** Checks a function's arguments. */
export function checkArguments(
  plugged: PluginFunction,
  inputs: Properties,
): { property: string; reason: string }[] {
  return checkInputs(plugged.inputs, inputs);
}

function token(name: string): string {
  return `databricks:index/${name}:${name}`;
}

/** What a function returns of an object: everything but what exists only in a resource's state. */
function withoutLocal({ attributes }: ResourceDescription): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, attribute]) => !attribute.local));
}

function lookUp(name: string, description: ResourceDescription): PluginFunction {
  const outputs = withoutLocal(description);
  return {
    token: token(name),
    inputs: { name: { type: "string", given: "required" }, ...PROVIDER_CONFIG },
    outputs: { ...outputs, ...PROVIDER_CONFIG },
    run: async (workspace, inputs) => {
      const api = await workspace.pluginFramework.clientFor(workspaceIdOf(inputs));
      const answer = await api
        .call({
          method: "GET",
          path: `${description.collection}/${encodeURIComponent(String(inputs.name))}`,
          purpose: `data/${description.terraformName}`,
        })
        .catch((error) => {
          throw new Error(`failed to get ${description.terraformName}: ${messageOf(error)}`);
        });
      return { ...fromAnswer(outputs, answer), ...(await providerConfig(workspace, inputs)) };
    },
  };
}

function listInstances(): PluginFunction {
  const item = { ...withoutLocal(DATABASE_INSTANCE), ...PROVIDER_CONFIG };
  const pageSize = { type: "integer", given: "optional" } as const;
  return {
    token: token("getDatabaseInstances"),
    inputs: { pageSize, ...PROVIDER_CONFIG },
    outputs: {
      databaseInstances: { type: { list: { object: item } }, given: "server" },
      pageSize,
      ...PROVIDER_CONFIG,
    },
    run: async (workspace, inputs) => {
      const own: Properties = { providerConfig: inputs.providerConfig ?? null };
      const found = (await allInstances(workspace, inputs)).map((raw) => ({
        ...fromAnswer(item, raw),
        ...own,
      }));
      const config = await providerConfig(workspace, inputs);
      return { databaseInstances: found, pageSize: inputs.pageSize ?? null, ...config };
    },
  };
}

async function allInstances(workspace: Workspace, inputs: Properties): Promise<Record<string, unknown>[]> {
  const api = await workspace.pluginFramework.clientFor(workspaceIdOf(inputs));
  const found: Record<string, unknown>[] = [];
  const size = typeof inputs.pageSize === "number" ? inputs.pageSize : undefined;
  let pageToken: string | undefined;
  do {
    const page = await api
      .call({
        method: "GET",
        path: DATABASE_INSTANCE.collection,
        query: { page_size: size, page_token: pageToken },
        purpose: "data/database_instances",
      })
      .catch((error) => {
        throw new Error(`failed to list database_instances: ${messageOf(error)}`);
      });
    found.push(...((page.database_instances ?? []) as Record<string, unknown>[]));
    pageToken = String(page.next_page_token ?? "") || undefined;
  } while (pageToken);
  return found;
}

function currentUser(): PluginFunction {
  const names = "aclPrincipalId alphanumeric externalId home id repos userName workspaceUrl".split(" ");
  return {
    token: token("getCurrentUser"),
    inputs: PROVIDER_CONFIG,
    outputs: {
      ...Object.fromEntries(names.map((name) => [name, { type: "string", given: "server" }] as const)),
      ...PROVIDER_CONFIG,
    },
    run: async (workspace, inputs) => {
      const api = await workspace.sdkV2.clientFor(workspaceIdOf(inputs));
      const path = "/api/2.0/preview/scim/v2/Me";
      const me = await api.call({ method: "GET", path, purpose: "data/current_user" });
      const userName = String(me.userName ?? "");
      const workspaceId = workspaceIdOf(inputs) || (await workspace.sdkV2.currentWorkspaceId());
      return {
        aclPrincipalId: `users/${userName}`,
        alphanumeric: userName
          .split("@", 1)[0]!
          .replace(/[^a-zA-Z0-9]/g, "_")
          .toLowerCase(),
        externalId: String(me.externalId ?? ""),
        home: `/Users/${userName}`,
        id: String(me.id ?? ""),
        repos: `/Repos/${userName}`,
        userName,
        workspaceUrl: workspace.settings.host,
        providerConfig: { workspaceId },
      };
    },
  };
}

async function providerConfig({ pluginFramework }: Workspace, inputs: Properties): Promise<Properties> {
  const named = workspaceIdOf(inputs) || pluginFramework.configuredWorkspaceId;
  return { providerConfig: { workspaceId: named || (await pluginFramework.currentWorkspaceId()) } };
}

function workspaceIdOf(inputs: Properties): string {
  const config = inputs.providerConfig;
  return isObject(config) && typeof config.workspaceId === "string" ? config.workspaceId : "";
}
