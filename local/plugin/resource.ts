// What a resource offers the protocol service, whichever half it belongs to.

import type { Workspace } from "./connection/workspace.ts";
import type { CheckFailure, NamingRequest } from "./framework/check.ts";
import type { Properties } from "./protocol/values.ts";

/** How a property changes. */
export type ChangeKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

/** The outcome of a diff. */
export interface Difference {
  changed: boolean;
  /** Properties that differ. */
  diffs: string[];
  /** Properties that demand a replacement. */
  replaces: string[];
  /** Present for resources of the SDKv2 half only. */
  detailed?: Record<string, ChangeKind>;
}

/** An existing resource as read back. */
export interface ReadResult {
  id: string;
  properties: Properties;
  inputs: Properties;
}

/** A resource that exists, though creating or updating it did not end well. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly properties: Properties;

  constructor(message: string, id: string, properties: Properties) {
    super(message);
    this.name = "PartialFailure";
    this.id = id;
    this.properties = properties;
  }
}

/** The operations on one kind of resource. Inputs given to it were checked. */
export interface Resource {
  readonly token: string;
  check(
    inputs: Properties,
    before: Properties,
    naming: NamingRequest,
  ): { inputs: Properties; failures: CheckFailure[] };
  diff(workspace: Workspace, id: string, state: Properties, inputs: Properties): Promise<Difference>;
  previewCreate(workspace: Workspace, inputs: Properties): Promise<Properties>;
  create(workspace: Workspace, inputs: Properties): Promise<{ id: string; properties: Properties }>;
  previewUpdate(workspace: Workspace, id: string, state: Properties, inputs: Properties): Promise<Properties>;
  update(workspace: Workspace, id: string, state: Properties, inputs: Properties): Promise<Properties>;
  /** `null`: the resource is gone. `state` is empty on import. */
  read(workspace: Workspace, id: string, state: Properties, inputs: Properties): Promise<ReadResult | null>;
  delete(workspace: Workspace, id: string, state: Properties): Promise<void>;
}
