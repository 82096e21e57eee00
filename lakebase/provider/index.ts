// What the dynamic resources' shells load at run time: this entry's path and names must stay, since states of
// earlier releases hold shells that ask for them.
export * from "./access.ts";
export * from "./access-state.ts";
export * from "./connectivity.ts";
export {
  changedKeys,
  type DynamicProvider,
  RecordedFailure,
  type StackConfiguration,
  workspaceSettings,
} from "./dynamic.ts";
export * from "./identity.ts";
export * from "./permissions.ts";
export type { MadePermission } from "./permissions-plan.ts";
export * from "./pipeline.ts";
export * from "./power.ts";
export * from "./synced-table.ts";
