// What access is declared with: the arguments that LakebaseAccess and DatabaseAccess share.
import type * as pulumi from "@pulumi/pulumi";

/** What a principal is to have on the tables of one schema: a preset, or privileges by name. */
export interface LakebaseGrantArgs {
  /** Schema. It must exist. Default `public`. A change revokes there and grants in the other one. */
  schema?: pulumi.Input<string>;
  /**
   * Tables or views of the schema, by name; they must exist. Default: all of the schema, those that do not exist
   * yet included. Changed in place: what is no longer named is revoked.
   */
  tables?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * `reader`: USAGE on the schema, SELECT. `writer`: also INSERT, UPDATE, DELETE, and the sequences. `owner`:
   * everything that can be granted, and CREATE in the schema where no tables are named; ownership itself
   * stays where it is. On synced tables each of them means SELECT: the service refuses any change of them.
   * Changed in place. Not together with `privileges`. Default: none.
   */
  preset?: pulumi.Input<string>;
  /**
   * Privileges on the tables (`SELECT`, `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `REFERENCES`, `TRIGGER`)
   * and on the schema (`USAGE`, which is always included, and `CREATE`). Changed in place. Not together with
   * `preset`. Default: none.
   */
  privileges?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Roles whose future tables are covered (default privileges); only without `tables`. Default: the identity that
   * deploys. Naming another role needs membership in it. Tables of all other roles get their grants at the next
   * `pulumi up --refresh`. Changed in place.
   */
  futureTablesOf?: pulumi.Input<pulumi.Input<string>[]>;
}

/** One principal and everything that it is to have. */
export interface LakebasePrincipalArgs {
  /**
   * User name (e-mail address), name of a group, or application id of a service principal: also the name of the
   * PostgreSQL role. A change is another principal: the old one loses everything that was granted here.
   */
  name: pulumi.Input<string>;
  /**
   * `USER`, `GROUP` or `SERVICE_PRINCIPAL`. Changed in place: the entry in the workspace's list is made anew,
   * a role that exists stays as it is.
   */
  type: pulumi.Input<string>;
  /**
   * Permission on the instance in the workspace: `CAN_USE` to get credentials and connect, `CAN_MANAGE` also to
   * change the instance, `NONE` to leave the workspace's list alone. Default `CAN_USE`. Changed in place.
   */
  workspacePermission?: pulumi.Input<string>;
  /** Membership in `databricks_superuser`, which reads and writes everything. Default false. Changed in place. */
  databricksSuperuser?: pulumi.Input<boolean>;
  /** Privileges on the database: `CONNECT`, `CREATE` (schemas), `TEMPORARY`. Default `CONNECT`. Changed in place. */
  databasePrivileges?: pulumi.Input<pulumi.Input<string>[]>;
  /** Grants, each on the tables of one schema. Default: none. Changed in place. */
  grants?: pulumi.Input<pulumi.Input<LakebaseGrantArgs>[]>;
  /** Synced tables to read, as `catalog.schema.table`; they must exist. Default: none. Changed in place. */
  syncedTables?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * Arguments of `LakebaseAccess`. A change of any other than `instanceName` and `databaseName` is made
 * in place.
 */
export interface LakebaseAccessArgs {
  /** Name of the instance; take it from the instance's output, so that it is waited for. A change grants anew there. */
  instanceName: pulumi.Input<string>;
  /** PostgreSQL database. Default `databricks_postgres`. A change revokes in the old one and grants in the new one. */
  databaseName?: pulumi.Input<string>;
  /** Who is to have what. Whoever is removed from the list loses what was granted here, and nothing else. */
  principals: pulumi.Input<pulumi.Input<LakebasePrincipalArgs>[]>;
  /**
   * Whether the instance is meant to be stopped: grants are then brought about when it runs again, and changing
   * them fails at preview. Default false.
   */
  stopped?: pulumi.Input<boolean>;
  /** The service's id of the instance. A new one is granted everything anew. Default: not compared. */
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
  /** Seconds to wait until the instance is AVAILABLE. Default 600. */
  deadlineSeconds?: pulumi.Input<number>;
  /**
   * Any text; a new one looks again without a refresh, for example after a synced table was made anew.
   * Default: none.
   */
  trigger?: pulumi.Input<string>;
}
