// What the workspace client offers.
export type { InstanceAccess, PermissionEntry, PermissionLevel, PrincipalField } from "./access-api.ts";
export { findWorkspaceHost } from "./authentication.ts";
export { type Clock, systemClock } from "./clock.ts";
export { WorkspaceError, type WorkspaceFailure } from "./errors.ts";
export { type InstanceWait, waitForInstance, waitUntilGone } from "./instance-wait.ts";
export { orNothing } from "./missing.ts";
export { type ProbeOptions, probeWorkspace, type WorkspaceReach } from "./reach.ts";
export { redact } from "./redact.ts";
export { normalizeHost, type WorkspaceSettings } from "./settings.ts";
export type { PipelineUpdate, SyncedTable, SyncedTableApi } from "./synced-table-api.ts";
export {
  hasFailed,
  isOnline,
  type SyncedTableWait,
  waitForSyncedTable,
  waitUntilSyncedTableGone,
} from "./synced-table-wait.ts";
export {
  type CurrentUser,
  type DatabaseCatalog,
  DatabaseCredential,
  type DatabaseInstance,
  type InstanceChanges,
  type InstanceState,
  type KnownInstanceState,
} from "./types.ts";
export {
  type CallOptions,
  type CredentialRequest,
  openWorkspace,
  type Workspace,
  type WorkspaceOptions,
} from "./workspace.ts";
