// Two small source tables in a workspace of their own, and synced tables declared by requests.
import type { Answer } from "../../support/workspace.ts";
import { type SyncedWorkspace, startSyncedWorkspace } from "./synced.ts";

/** Source with a change data feed. */
export const orders = "main.default.orders";
/** Source without one. */
export const plain = "main.default.plain";
/** Columns of both. */
export const columns = { id: "long", name: "string", price: "decimal" };
/** Where synced tables are. */
export const path = "/api/2.0/database/synced_tables";
/** The usual key and policy. */
export const triggered = { primary_key_columns: ["id"], scheduling_policy: "TRIGGERED" };

/** A workspace with both sources, three rows each. */
export async function startWithSources(): Promise<SyncedWorkspace> {
  const synced = await startSyncedWorkspace();
  const rows = [
    [1, "one", "1.00"],
    [2, "two", null],
    [3, "three", "3.33"],
  ];
  await synced.lakehouse.run(orders, { do: "write", columns, rows, change_feed: true });
  await synced.lakehouse.run(plain, { do: "write", columns, rows });
  return synced;
}

/** Declares a synced table of `orders`, with other members where given. */
export const post = (
  synced: SyncedWorkspace,
  name: string,
  spec: object,
  rest: object = {},
): Promise<Answer> =>
  synced.api.call("POST", path, {
    name,
    database_instance_name: "db",
    logical_database_name: "databricks_postgres",
    spec: {
      source_table_full_name: orders,
      create_database_objects_if_missing: true,
      ...triggered,
      ...spec,
    },
    ...rest,
  });

/** Deletes a synced table of the schema `default`. */
export const remove = (synced: SyncedWorkspace, name: string, query = "?purge_data=true"): Promise<Answer> =>
  synced.api.call("DELETE", `${path}/main.default.${name}${query}`);
