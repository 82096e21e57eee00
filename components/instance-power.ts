// The dynamic resource that starts or stops an instance, sees that its settings are in force, and waits until the
// service has settled.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource, quiet } from "./dynamic-shell.ts";

/**
 * Settings of an instance that are to be in force. A member that is left out is left as it is. A change of
 * any is made in place.
 */
export interface InstanceSettingsArgs {
  /** Capacity tier. */
  capacity?: pulumi.Input<string>;
  /** Nodes. */
  nodeCount?: pulumi.Input<number>;
  /** Whether the secondaries can be read. */
  enableReadableSecondaries?: pulumi.Input<boolean>;
  /** Whether PostgreSQL roles with passwords of their own may log in. */
  enablePgNativeLogin?: pulumi.Input<boolean>;
  /** Days of point-in-time recovery. */
  retentionWindowInDays?: pulumi.Input<number>;
  /** Tags; an empty object clears them. */
  customTags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** Usage policy. Once given it can only be exchanged: leaving it out fails the preview. */
  usagePolicyId?: pulumi.Input<string>;
}

/**
 * Arguments of {@link InstancePower}. A change of any is made in place and waited for: nothing is replaced.
 */
export interface InstancePowerArgs {
  /** Name of the instance. */
  instanceName: pulumi.Input<string>;
  /**
   * The service's id of the instance. A new one means another instance under the same name. Default: not
   * compared.
   */
  instanceUid?: pulumi.Input<string>;
  /** true stops the instance, false starts it. */
  stopped: pulumi.Input<boolean>;
  /**
   * Settings that are to be in force. The official provider sends them; what it did not bring about is sent
   * again, a change is waited for, and a refresh tells when somebody else changed one. Default: only the
   * power is seen to.
   */
  settings?: pulumi.Input<InstanceSettingsArgs>;
  /** true: only starts the instance; another InstancePower, which depends on this one, stops it. Default false. */
  startOnly?: pulumi.Input<boolean>;
  /**
   * What needs the instance running when it is made or changed: what it is, and its definition in words. A
   * preview that changes one while the instance stays stopped fails. Default: nothing.
   */
  needsRunning?: pulumi.Input<{ [what: string]: pulumi.Input<string> }>;
  /**
   * Address of the workspace, where it is not that of the stack's configuration or the environment. Default:
   * as the databricks provider of the stack.
   */
  workspaceHost?: pulumi.Input<string>;
  /** Seconds to wait for the state. Default 1200. */
  deadlineSeconds?: pulumi.Input<number>;
}

/**
 * Starts or stops an instance and waits for it, since the official provider does neither: it does not wait
 * after a change, and waits for ever when an instance is created stopped. Deleting it leaves the instance as
 * it is.
 */
export class InstancePower extends DynamicResource {
  /** Name of the instance, available once it has the wanted state. */
  declare readonly instanceName: pulumi.Output<string>;
  /** The service's id of the instance. */
  declare readonly uid: pulumi.Output<string>;
  /** State when it had settled: `AVAILABLE` or `STOPPED`. */
  declare readonly state: pulumi.Output<string>;
  /** Whether the instance is stopped. */
  declare readonly stopped: pulumi.Output<boolean>;
  /** Host name for reading and writing. */
  declare readonly readWriteDns: pulumi.Output<string>;
  /** Host name of the readable secondaries; empty without them. */
  declare readonly readOnlyDns: pulumi.Output<string>;

  constructor(name: string, args: InstancePowerArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { uid: undefined, state: undefined, readWriteDns: undefined, readOnlyDns: undefined };
    super("power", "InstancePower", name, { ...outputs, ...args }, quiet(opts));
  }
}
