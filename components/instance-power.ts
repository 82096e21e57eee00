// The dynamic resource that starts or stops an instance and waits until the service has settled.
import * as pulumi from "@pulumi/pulumi";
import { powerShell, quiet } from "./dynamic-shell.ts";

/** Arguments of {@link InstancePower}. */
export interface InstancePowerArgs {
  /** Name of the instance. */
  instanceName: pulumi.Input<string>;
  /** The service's id of the instance: a new one means another instance under the same name. */
  instanceUid?: pulumi.Input<string>;
  /** true stops the instance, false starts it. */
  stopped: pulumi.Input<boolean>;
  /** Settings whose change restarts the compute: a change is waited for. */
  settings?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** Address of the workspace, where it is not that of the stack's configuration or the environment. */
  workspaceHost?: pulumi.Input<string>;
  /** Seconds to wait for the state. Default 1200. */
  deadlineSeconds?: pulumi.Input<number>;
}

/**
 * Starts or stops an instance and waits for it, since the official provider does neither: it does not wait
 * after a change, and waits for ever when an instance is created stopped. Deleting it leaves the instance as
 * it is.
 */
export class InstancePower extends pulumi.dynamic.Resource {
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
    super(powerShell, name, { ...outputs, ...args }, quiet(opts), "lakebase", "InstancePower");
  }
}
