// What access is to be, and what is remembered of bringing it about.
import type { DesiredPrincipal, GrantGroup } from "../access/index.ts";
import type { ReachInputs } from "./dynamic.ts";

/** What access is to be. */
export interface AccessInputs extends ReachInputs {
  instanceName: string;
  databaseName: string;
  principals: DesiredPrincipal[];
  /** Whether the instance is meant to be stopped: nothing is dialled then. */
  stopped?: boolean;
  /** The service's id of the instance; a new one has none of the grants. */
  instanceUid?: string;
  /** Seconds to wait for the instance to become AVAILABLE. Default 600. */
  deadlineSeconds?: number;
  /** Any value; a new one looks again. */
  trigger?: string;
}

/** What was done: the only things that are ever taken back. Never a token. */
export interface AccessState {
  /** The instance that it was done on. */
  seenUid: string;
  /** Grants made. */
  granted: GrantGroup[];
  /** Wanted grants that were there before: somebody else's, which stay. */
  found: GrantGroup[];
  /** Roles made. */
  createdRoles: string[];
  /** Roles made that nobody wants any more, and that stay because something depends on them. */
  keptRoles: string[];
  /** Roles put into databricks_superuser. */
  superusers: string[];
}

/** State of something that has done nothing. */
export const nothingDone: AccessState = {
  seenUid: "",
  granted: [],
  found: [],
  createdRoles: [],
  keptRoles: [],
  superusers: [],
};
