// Who may do what: workspace permissions, PostgreSQL roles and grants of users, groups and service principals.
import * as pulumi from "@pulumi/pulumi";
import { checkAccess } from "../lakebase/rules/index.ts";
import { checkArguments } from "./arguments.ts";
import { DatabaseAccess } from "./database-access.ts";
import { InstancePermissions } from "./instance-permissions.ts";

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
 * Arguments of {@link LakebaseAccess}. A change of any other than `instanceName` and `databaseName` is made
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

/**
 * Access to one database, declared: what is written here holds after `pulumi up`, what is removed here is
 * revoked, and what others granted is never touched. Drift is told by `pulumi refresh` and mended by the next
 * `pulumi up`.
 *
 * A grant that was there before counts as somebody else's (`found`) and stays when it is removed here. Give a
 * component that is renamed or moved an alias: without one nothing is lost either, but its grants then count
 * as found. Removing this component while the instance is stopped leaves the grants in its data, with a
 * warning.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class LakebaseAccess extends pulumi.ComponentResource {
  /** PostgreSQL database. */
  readonly databaseName: pulumi.Output<string>;
  /** Names of the principals' roles; available once they have what is declared. */
  readonly roles: pulumi.Output<string[]>;
  /** `applied`, or `stopped` where the instance is stopped and the grants wait for it. */
  readonly outcome: pulumi.Output<string>;
  /** What the last refresh found to differ, one sentence each. */
  readonly drift: pulumi.Output<string[]>;
  /** Roles that are not wanted any more and stay, because they own something or others granted them something. */
  readonly keptRoles: pulumi.Output<string[]>;

  constructor(name: string, args: LakebaseAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lakebase:index:LakebaseAccess", name, {}, opts);
    const given = { ...args, databaseName: args.databaseName ?? "databricks_postgres" };
    const checked = checkArguments(`LakebaseAccess "${name}"`, given, checkAccess, [
      "instanceName",
      "principals",
    ]);
    const principals = pulumi.output(checked.principals);
    const { instanceName, instanceUid, workspaceHost, profile } = checked;
    const where = {
      instanceName,
      ...(instanceUid === undefined ? {} : { instanceUid }),
      ...(workspaceHost === undefined ? {} : { workspaceHost }),
      ...(profile === undefined ? {} : { profile }),
    };
    const permissions = new InstancePermissions(
      `${name}-permissions`,
      {
        ...where,
        permissions: principals.apply((list) =>
          list.flatMap(({ name, type, workspacePermission: level = "CAN_USE" }) =>
            level === "NONE" ? [] : [{ name, type, level }],
          ),
        ),
      },
      { parent: this },
    );
    const access = new DatabaseAccess(
      name,
      {
        ...checked,
        principals: principals.apply((list) =>
          list.map(({ workspacePermission: _, ...principal }) => principal),
        ),
      },
      { parent: this },
    );
    this.databaseName = pulumi.output(checked.databaseName);
    this.roles = pulumi
      .all([principals, access.outcome])
      .apply(([list]) => list.map((principal) => principal.name));
    this.outcome = access.outcome;
    this.drift = pulumi
      .all([permissions.drift, access.drift])
      .apply(([workspace, database]) => [...(workspace ?? []), ...(database ?? [])]);
    this.keptRoles = access.keptRoles;
    this.registerOutputs({
      databaseName: this.databaseName,
      roles: this.roles,
      outcome: this.outcome,
      drift: this.drift,
      keptRoles: this.keptRoles,
    });
  }
}
