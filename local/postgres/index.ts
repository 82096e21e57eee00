// The PostgreSQL side of the local workspace: real servers behind one TLS gateway with token login.
export { startPostgresHost } from "./host.ts";
export type {
  Authenticate,
  InstanceEndpoints,
  InstancesOfToken,
  PostgresHost,
  PostgresHostOptions,
  ProvisionedInstance,
} from "./types.ts";
