// The dynamic resource that proves, after deploy, that the database can be reached: the shell around
// lakebase/connection.
import type * as pulumi from "@pulumi/pulumi";
import { checkInputs } from "../lakebase/provider/connectivity.ts";
import { checkArguments } from "./arguments.ts";
import { DynamicResource, quiet } from "./dynamic-shell.ts";

/**
 * A table that must be there for the check to pass. A change of any member runs the check again, in place.
 */
export interface ExpectedTableArgs {
  /** `schema.table`, or the `catalog.schema.table` of a synced table. The current user must be able to read it. */
  name: pulumi.Input<string>;
  /** Rows that it must have at least. Default: it may be empty. */
  minimumRows?: pulumi.Input<number>;
  /** How old its newest rows may be, in seconds. Default: any age. */
  maximumAgeSeconds?: pulumi.Input<number>;
  /** Column with the time of a row, to tell the age by. Default: when the synced table was last synced. */
  timestampColumn?: pulumi.Input<string>;
}

/** Arguments of {@link ConnectivityCheck}. A change of any but `deadlineSeconds` runs the check again, in place. */
export interface ConnectivityCheckArgs {
  /** Name of the instance. */
  instanceName: pulumi.Input<string>;
  /** PostgreSQL database to log in to. Default `databricks_postgres`. */
  databaseName?: pulumi.Input<string>;
  /** Whether the instance is meant to be stopped: the result is then `stopped`, and nothing is dialled. Default false. */
  stopped?: pulumi.Input<boolean>;
  /** Capacity tier: a resize restarts the server, so it is proven again. Default: not compared. */
  capacity?: pulumi.Input<string>;
  /** The service's id of the instance: a new one is another endpoint. Default: not compared. */
  instanceUid?: pulumi.Input<string>;
  /** TCP port. Default 5432, which is the service's only one. */
  port?: pulumi.Input<number>;
  /** File with the certificate authority, relative to the program's folder. Default: the system's authorities. */
  sslRootCert?: pulumi.Input<string>;
  /**
   * Address to connect to instead of resolving the host name; TLS still checks the name. Default: the name is
   * resolved.
   */
  hostAddress?: pulumi.Input<string>;
  /**
   * Address of the workspace, where it is not that of the stack's configuration or the environment. Default:
   * as the databricks provider of the stack.
   */
  workspaceHost?: pulumi.Input<string>;
  /** Profile of `~/.databrickscfg`. Default: as the databricks provider of the stack. */
  profile?: pulumi.Input<string>;
  /** Tables that must exist, be readable, filled and fresh. Default: none is looked at. */
  tables?: pulumi.Input<pulumi.Input<ExpectedTableArgs>[]>;
  /** Seconds to wait until the instance is AVAILABLE. Default 600. */
  deadlineSeconds?: pulumi.Input<number>;
  /** Any text; a new one runs the check again. Default: none. */
  trigger?: pulumi.Input<string>;
}

/**
 * Verifies, after the resources that it depends on are deployed: the instance is AVAILABLE, a fresh
 * credential is granted, its host name resolves (by the system's resolver, else by another one), TLS holds
 * for that name, the current user can log in, and the database answers `SELECT version()`. Refresh looks
 * again and records drift. A failure names its stage and fix, is kept in the state, and the next `pulumi up`
 * tries again. The credential is never stored.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class ConnectivityCheck extends DynamicResource {
  /** `verified`; `stopped` (not checked, because the instance is stopped); `failed`. */
  declare readonly outcome: pulumi.Output<string>;
  /** Why it failed; empty otherwise. */
  declare readonly failure: pulumi.Output<string>;
  /** State of the instance when it was looked at. */
  declare readonly instanceState: pulumi.Output<string>;
  /** Host name that was connected to. */
  declare readonly host: pulumi.Output<string>;
  /** Address that the host name resolved to. */
  declare readonly address: pulumi.Output<string>;
  /** What resolved it: `system`, `resolver`, `loopback` or `given`. */
  declare readonly resolvedVia: pulumi.Output<string>;
  /** Who logged in. */
  declare readonly userName: pulumi.Output<string>;
  /** What `SELECT version()` said. */
  declare readonly serverVersion: pulumi.Output<string>;
  /** TLS version of the connection, such as `TLSv1.3`. */
  declare readonly tlsVersion: pulumi.Output<string>;
  /** Milliseconds of each stage. */
  declare readonly latencies: pulumi.Output<{ [stage: string]: number }>;
  /** When it was verified, ISO 8601. */
  declare readonly checkedAt: pulumi.Output<string>;

  constructor(name: string, args: ConnectivityCheckArgs, opts?: pulumi.CustomResourceOptions) {
    const given = { ...args, databaseName: args.databaseName ?? "databricks_postgres" };
    const checked = checkArguments(`ConnectivityCheck "${name}"`, given, checkInputs, ["instanceName"]);
    super("connectivity", "ConnectivityCheck", name, { ...undefinedOutputs, ...checked }, quiet(opts));
  }
}

/** Tells Pulumi which outputs there are beyond the inputs. */
const undefinedOutputs = {
  outcome: undefined,
  failure: undefined,
  instanceState: undefined,
  host: undefined,
  address: undefined,
  resolvedVia: undefined,
  userName: undefined,
  serverVersion: undefined,
  tlsVersion: undefined,
  latencies: undefined,
  checkedAt: undefined,
};
