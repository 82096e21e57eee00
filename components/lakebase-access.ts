// Who may do what: workspace permissions, PostgreSQL roles and grants of users, groups and service principals.
import * as pulumi from "@pulumi/pulumi";
import { checkAccess } from "../lakebase/rules/index.ts";
import type { LakebaseAccessArgs } from "./access-arguments.ts";
import { checkArguments } from "./arguments.ts";
import { DatabaseAccess } from "./database-access.ts";
import { InstancePermissions } from "./instance-permissions.ts";

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
