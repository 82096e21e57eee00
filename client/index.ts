// What applications import as `pulumi-lakebase/client`. Loads no Pulumi.
export { ConnectionProblem, type ConnectionStage } from "../lakebase/connection/index.ts";
export type { LakebaseExports } from "../lakebase/rules/exports.ts";
export { type Problem, RuleViolations } from "../lakebase/rules/problems.ts";
export { WorkspaceError, type WorkspaceSettings } from "../lakebase/workspace/index.ts";
export { type Clock, systemClock } from "./clock.ts";
export { createLakebasePool, type PoolDeps } from "./create-pool.ts";
export { LakebasePool, type LakebasePoolEvents } from "./lakebase-pool.ts";
export type { Meter } from "./meter.ts";
export type { LakebasePoolOptions, TokenOptions } from "./options.ts";
export { asDriver, type PgDriver, sequelizeOptions } from "./orm.ts";
export type { RefreshPolicy } from "./token-schedule.ts";
export { TokenSource } from "./token-source.ts";
export type {
  IssuedToken,
  MintToken,
  RefreshReason,
  TokenEvents,
  TokenSourceOptions,
} from "./token-types.ts";
