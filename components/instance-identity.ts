// The dynamic resource that stands before an instance: it fails the preview of a change that would exchange the
// database, and is deleted only once the service has let go of the name.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "./dynamic-shell.ts";

/** Arguments of {@link InstanceIdentity}. */
export interface InstanceIdentityArgs {
  /** Name of the instance. A change is refused unless the old name is in `allowReplacementOf`. */
  instanceName: pulumi.Input<string>;
  /**
   * What the instance is a clone of, in words. A change is refused like that of the name. Default: it is no
   * clone.
   */
  parent?: pulumi.Input<string>;
  /**
   * Name of the instance that may be replaced, and its data lost. Default: none. Changed in place; nothing is
   * replaced by it alone.
   */
  allowReplacementOf?: pulumi.Input<string>;
  /**
   * Whether an existing instance is taken under management: a preview fails if it does not exist. Default
   * false. Without effect once the instance is in the state.
   */
  adoptExisting?: pulumi.Input<boolean>;
}

/**
 * Guards one instance; declare the instance with `dependsOn` this resource. It holds nothing of its own, so that
 * creating, changing and deleting it changes nothing in the workspace.
 */
export class InstanceIdentity extends DynamicResource {
  /** Name of the instance. */
  declare readonly instanceName: pulumi.Output<string>;
  /** Address of the workspace that the instance was made in. */
  declare readonly seenHost: pulumi.Output<string>;
  /** The id of that workspace: a stack that points to another one is refused. */
  declare readonly workspaceId: pulumi.Output<string>;

  constructor(name: string, args: InstanceIdentityArgs, opts?: pulumi.CustomResourceOptions) {
    super("identity", "InstanceIdentity", name, { ...undefinedOutputs, ...args }, opts);
  }
}

/** Tells Pulumi which outputs there are beyond the inputs. */
const undefinedOutputs = { seenHost: undefined, workspaceId: undefined };
