// The dynamic resource that stands for the pipeline of several synced tables: its first table makes it, the others
// join it as soon as it has an id.
import * as pulumi from "@pulumi/pulumi";
import { pipelineShell } from "./dynamic-shell.ts";

/** Arguments of {@link SyncedTablePipeline}. */
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
export class SyncedTablePipeline extends pulumi.dynamic.Resource {
  /** The service's id of the pipeline. */
  declare readonly pipelineId: pulumi.Output<string>;

  constructor(name: string, args: SyncedTablePipelineArgs, opts?: pulumi.CustomResourceOptions) {
    super(pipelineShell, name, { pipelineId: undefined, ...args }, opts, "lakebase", "SyncedTablePipeline");
  }
}
