// The PostgreSQL side of the local workspace: real servers behind one TLS gateway with token login.
export { ROLE_COMMENT } from "./databricks-auth.ts";
export { type PointInTime, positionOf } from "./history.ts";
export { startPostgresHost } from "./host.ts";
export type {
  Authenticate,
  InstanceEndpoints,
  InstancesOfToken,
  PostgresHost,
  PostgresHostOptions,
  ProvisionedInstance,
  WorkspaceIdentity,
} from "./types.ts";
