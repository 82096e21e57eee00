// The dynamic resource that stands for the pipeline of several synced tables: its first table makes it, the others
// join it as soon as it has an id.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "./dynamic-shell.ts";

/**
 * Arguments of {@link SyncedTablePipeline}. A change of any is made in place, and only when no table is left
 * that was recorded.
 */
export interface SyncedTablePipelineArgs {
  /** Three-part name of the pipeline's first table, from its declared resource. */
  tableName: pulumi.Input<string>;
  /** Tables of the pipeline: name to what each is a copy of, in words. */
  members: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
}

/**
 * Holds on to the pipeline as long as one of the tables stays that it was made with, so that none of the others
 * is moved when the first one goes. It makes and removes nothing: the service does, with the tables.
 */
export class SyncedTablePipeline extends DynamicResource {
  /** The service's id of the pipeline. */
  declare readonly pipelineId: pulumi.Output<string>;

  constructor(name: string, args: SyncedTablePipelineArgs, opts?: pulumi.CustomResourceOptions) {
    super("pipeline", "SyncedTablePipeline", name, { pipelineId: undefined, ...args }, opts);
  }
}
