// The REST API of the local workspace.

export { openApps } from "./apps-table.ts";
export type { InstanceDeletion, Workspace } from "./context.ts";
export { createDatabaseLogin, type DatabaseLogin } from "./database-login.ts";
export type { Directory, Identity } from "./identities.ts";
export { openIdentities } from "./identities-table.ts";
export { openInstances } from "./instances-table.ts";
export { createLifecycle, type Lifecycle } from "./lifecycle.ts";
export { openPermissions } from "./permissions-table.ts";
export { type ApiServer, serveApi } from "./server.ts";
export { createTokens, signatureAlgorithm, type Tokens } from "./tokens.ts";
