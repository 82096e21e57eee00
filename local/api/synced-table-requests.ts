// Reading the request for a synced table: its fields, and which of them exclude each other.
import type { SyncedTableSpec } from "../sync/index.ts";
import { invalidParameter } from "./errors.ts";
import {
  accept,
  type Check,
  databaseName,
  flag,
  integer,
  list,
  object,
  oneOf,
  outputOnly,
  text,
} from "./validation.ts";

/** The request, checked. */
export interface SyncedTableRequest {
  name: string;
  database_instance_name?: string;
  logical_database_name?: string;
  spec: SyncedTableSpec;
}

const part = "[A-Za-z0-9_]+";
const threeParts = text({
  form: new RegExp(`^${part}\\.${part}\\.${part}$`),
  described: "catalog.schema.table, each part of letters, digits and underscores only",
});
/** A source may have any name, in the service's own catalogs too. */
const sourceName = text({ form: /^[^.]+\.[^.]+\.[^.]+$/, described: "catalog.schema.table" });

const fields: Readonly<Record<string, Check>> = {
  name: threeParts,
  database_instance_name: text(),
  logical_database_name: databaseName(),
  spec: object(
    {
      source_table_full_name: sourceName,
      primary_key_columns: list(databaseName()),
      scheduling_policy: oneOf(["SNAPSHOT", "TRIGGERED", "CONTINUOUS"]),
      timeseries_key: text(),
      create_database_objects_if_missing: flag,
      existing_pipeline_id: text(),
      new_pipeline_spec: object({
        storage_catalog: text(),
        storage_schema: text(),
        budget_policy_id: text(),
      }),
      type_overrides: list(
        object({ column_name: text(), pg_type: text(), size: integer(1, 10_485_760) }, [
          "column_name",
          "pg_type",
        ]),
      ),
      accelerated_sync: flag,
    },
    ["source_table_full_name", "primary_key_columns", "scheduling_policy"],
  ),
  data_synchronization_status: outputOnly,
  effective_database_instance_name: outputOnly,
  effective_logical_database_name: outputOnly,
  unity_catalog_provisioning_state: outputOnly,
};

/** PostgreSQL cuts names that are longer. */
const longestName = 63;

/** Reads a request body. */
export function readSyncedTableRequest(body: unknown): SyncedTableRequest {
  const request = accept<SyncedTableRequest>(body, object(fields, ["name", "spec"]));
  const { spec, name } = request;
  const problems: string[] = [];
  if (name.split(".").some((part) => part.length > longestName)) {
    problems.push(`name '${name}': each part may have ${longestName} characters at most`);
  }
  if (spec.primary_key_columns.length === 0)
    problems.push("spec.primary_key_columns must name at least one column");
  if (new Set(spec.primary_key_columns).size < spec.primary_key_columns.length) {
    problems.push("spec.primary_key_columns must not name a column twice");
  }
  if (spec.existing_pipeline_id !== undefined && spec.new_pipeline_spec !== undefined) {
    problems.push("at most one of spec.existing_pipeline_id and spec.new_pipeline_spec may be set");
  }
  if (problems.length > 0) throw invalidParameter(problems.join("; "));
  return request;
}
