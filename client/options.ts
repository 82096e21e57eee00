// What an application may say to `createLakebasePool`.
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { PoolConfig } from "pg";
import type { LakebaseExports } from "../lakebase/rules/exports.ts";
import type { WorkspaceSettings } from "../lakebase/workspace/index.ts";
import type { Meter } from "./meter.ts";
import type { TokenSource } from "./token-source.ts";
import type { MintToken, TokenSourceOptions } from "./token-types.ts";

/** How the token is kept; see `TokenSourceOptions`. */
export type TokenOptions = Omit<TokenSourceOptions, "mint" | "clock">;

/** Every option of `pg.Pool` but the password, which is the live token, and what makes it Lakebase. */
export interface LakebasePoolOptions extends Omit<PoolConfig, "password" | "ssl"> {
  /**
   * The stack's `lakebase` output: the object (also out of a StackReference), its JSON text, or the path of a JSON
   * file, as `pulumi stack output lakebase --json` writes it. All outputs together (`pulumi stack output --json`)
   * do as well.
   */
  exports?: LakebaseExports | Record<string, unknown> | string | URL | undefined;
  /**
   * Where PGHOST, PGDATABASE, PGUSER, PGPORT, PGSSLMODE, PGAPPNAME, PGHOSTADDR, PGSSLROOTCERT,
   * LAKEBASE_INSTANCE_NAME, LAKEBASE_DATABASE_NAME and LAKEBASE_ENDPOINT are read. Default: `process.env`.
   */
  env?: Record<string, string | undefined> | undefined;
  /** Name of the database instance. Environment: LAKEBASE_INSTANCE_NAME. */
  instanceName?: string | undefined;
  /**
   * Autoscaling: the endpoint's whole name, `projects/…/branches/…/endpoints/…`, instead of an instance name.
   * Environment: LAKEBASE_ENDPOINT.
   */
  endpoint?: string | undefined;
  /** Connects to the readable secondaries. Default: false. */
  readOnly?: boolean | undefined;
  /** Host name of the readable secondaries. Default: from the exports or the workspace. */
  readOnlyHost?: string | undefined;
  /** Connects to this IP address instead of resolving the host name. Environment: PGHOSTADDR. */
  hostAddress?: string | undefined;
  /** DNS servers to ask when the system cannot resolve the host name. */
  dnsServers?: readonly string[] | undefined;
  /** PEM file of the certificate authorities to trust, or `system`. Environment: PGSSLROOTCERT. Default: Node's. */
  sslRootCert?: string | undefined;
  /** Further TLS options. The server's certificate and name are verified in any case. */
  ssl?: true | TlsOptions | undefined;
  /** How to reach the workspace. Default: as the Databricks tools find it (DATABRICKS_*, ~/.databrickscfg). */
  workspace?: WorkspaceSettings | undefined;
  /** Connections that are kept open. Default: 5. It is pg's `min`. */
  poolSize?: number | undefined;
  /**
   * Connections beyond `poolSize` while there is much to do; each is closed when it was idle for
   * `idleTimeoutMillis`. Default: 10. `poolSize` and `maxOverflow` together are pg's `max`.
   */
  maxOverflow?: number | undefined;
  /**
   * Part of `maxLifetimeSeconds` that chance takes off for each connection, so that they are not all replaced at
   * once. Default: 0.1.
   */
  lifetimeJitter?: number | undefined;
  /** How the token is kept, or the source of another pool on the same instance, which then stays its owner's. */
  tokens?: TokenOptions | TokenSource | undefined;
  /** Mints the token in another way than through the workspace. */
  mintToken?: MintToken | undefined;
  /** An OpenTelemetry meter. Default: that of `@opentelemetry/api` if it is installed; `false`: no metrics. */
  meter?: Meter | false | undefined;
}
