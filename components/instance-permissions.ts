// The dynamic resource that keeps some entries of an instance's list of permissions, and only those.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource, quiet } from "./dynamic-shell.ts";

/**
 * One principal's level on an instance. A change of any member is made in place: the entry is taken back or
 * set to the new level.
 */
export interface PermissionArgs {
  /** User name, name of the group, or application id of the service principal. */
  name: pulumi.Input<string>;
  /** `USER`, `GROUP` or `SERVICE_PRINCIPAL`. */
  type: pulumi.Input<string>;
  /** `CAN_USE` or `CAN_MANAGE`. */
  level: pulumi.Input<string>;
}

/** Arguments of {@link InstancePermissions}. A change of any other than `instanceName` is made in place. */
export interface InstancePermissionsArgs {
  /** Name of the instance. A change takes the entries back there and makes them on the other one. */
  instanceName: pulumi.Input<string>;
  /** The entries. Changed in place. */
  permissions: pulumi.Input<pulumi.Input<PermissionArgs>[]>;
  /** The service's id of the instance. A new one is given the entries anew. Default: not compared. */
  instanceUid?: pulumi.Input<string>;
  /**
   * Address of the workspace, where it is not that of the stack's configuration or the environment. Default:
   * as the databricks provider of the stack.
   */
  workspaceHost?: pulumi.Input<string>;
  /** Profile of `~/.databrickscfg`. Default: as the databricks provider of the stack. */
  profile?: pulumi.Input<string>;
}

/**
 * Entries of the workspace's permissions on an instance. Not authoritative, unlike `databricks.Permissions`:
 * entries of others are never touched, an entry that was there before stays or goes back to its level. Works
 * while the instance is stopped.
 */
export class InstancePermissions extends DynamicResource {
  /** What the last refresh found to differ, one sentence each. */
  declare readonly drift: pulumi.Output<string[]>;

  constructor(name: string, args: InstancePermissionsArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { outcome: undefined, failure: undefined, drift: undefined, made: undefined };
    super("permissions", "InstancePermissions", name, { ...outputs, ...args }, quiet(opts));
  }
}
