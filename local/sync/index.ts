// Delta Lake tables kept in step in PostgreSQL.

export { commitFile } from "./delta/log-files.ts";
export { columnsOf, type DeltaColumn, type DeltaType, sqlTypeName } from "./delta/schema.ts";
export { type DeltaTable, openDeltaTable, type TableState } from "./delta/table.ts";
export type { Lakehouse } from "./lakehouse.ts";
export {
  finalStates,
  type PipelineRecord,
  type SchedulingPolicy,
  type SyncedTableRecord,
  type SyncedTableSpec,
  type SyncedTableState,
  type UpdateRecord,
} from "./records.ts";
export { partitionValue } from "./rows/partition-value.ts";
export { createSync, type Sync, type SyncOptions } from "./sync.ts";
export { SyncError } from "./sync-error.ts";
export { targetColumns } from "./target/column-types.ts";
