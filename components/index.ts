// The components that a Pulumi program imports.
export type { LakebaseAccessArgs, LakebaseGrantArgs, LakebasePrincipalArgs } from "./access-arguments.ts";
export {
  ConnectivityCheck,
  type ConnectivityCheckArgs,
  type ExpectedTableArgs,
} from "./connectivity-check.ts";
export { DatabaseAccess, type DatabaseAccessArgs } from "./database-access.ts";
export { type LakebaseExportsArgs, lakebaseExports } from "./exports.ts";
export { InstanceIdentity, type InstanceIdentityArgs } from "./instance-identity.ts";
export {
  InstancePermissions,
  type InstancePermissionsArgs,
  type PermissionArgs,
} from "./instance-permissions.ts";
export { InstancePower, type InstancePowerArgs, type InstanceSettingsArgs } from "./instance-power.ts";
export { LakebaseAccess } from "./lakebase-access.ts";
export { LakebaseApp, type LakebaseAppArgs } from "./lakebase-app.ts";
export { LakebaseCatalog, type LakebaseCatalogArgs } from "./lakebase-catalog.ts";
export { LakebaseDatabase, type LakebaseDatabaseArgs } from "./lakebase-database.ts";
export { LakebaseInstance, type LakebaseInstanceArgs, type LakebaseParentArgs } from "./lakebase-instance.ts";
export type { RefreshScheduleArgs } from "./refresh-schedule.ts";
export { SyncedTable, type SyncedTableArgs, type TypeOverrideArgs } from "./synced-table.ts";
export { SyncedTablePipeline, type SyncedTablePipelineArgs } from "./synced-table-pipeline.ts";
export {
  type SyncedTableIndexArgs,
  SyncedTableReady,
  type SyncedTableReadyArgs,
} from "./synced-table-ready.ts";
export { type PackedSyncedTableArgs, SyncedTables, type SyncedTablesArgs } from "./synced-tables.ts";
export { requireWorkspace } from "./workspace-reach.ts";
