// The dynamic resource that keeps PostgreSQL's roles and grants as declared: the shell around lakebase/access.
import type * as pulumi from "@pulumi/pulumi";
import type { GrantGroup } from "../lakebase/access/index.ts";
import { checkAccess } from "../lakebase/rules/index.ts";
import type { LakebaseAccessArgs } from "./access-arguments.ts";
import { checkArguments } from "./arguments.ts";
import { DynamicResource, quiet } from "./dynamic-shell.ts";

/**
 * Arguments of {@link DatabaseAccess}: those of the component, whose principals' workspace permission is not looked
 * at here. A change of any other than `instanceName` and `databaseName` looks again at what is missing, in place.
 */
export interface DatabaseAccessArgs extends LakebaseAccessArgs {
  /** PostgreSQL database. A change takes everything back there and grants it in the other one. */
  databaseName: pulumi.Input<string>;
}

/**
 * Roles and grants in one database. One transaction brings them about, all or nothing, with a fresh
 * credential that is never stored. Refresh tells what differs, and the next `pulumi up` mends it.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class DatabaseAccess extends DynamicResource {
  /** `applied`; `stopped` (not applied, because the instance is stopped); `failed`. */
  declare readonly outcome: pulumi.Output<string>;
  /** Why it failed; empty otherwise. */
  declare readonly failure: pulumi.Output<string>;
  /** What the last refresh found to differ, one sentence each. */
  declare readonly drift: pulumi.Output<string[]>;
  /** Grants made here: the only ones that are ever revoked. */
  declare readonly granted: pulumi.Output<GrantGroup[]>;
  /** Wanted grants that somebody else had made before; they stay when this is removed. */
  declare readonly found: pulumi.Output<GrantGroup[]>;
  /** Roles made here. */
  declare readonly createdRoles: pulumi.Output<string[]>;
  /** Roles made here that are not wanted any more and stay, because they own something or others granted them something. */
  declare readonly keptRoles: pulumi.Output<string[]>;

  constructor(name: string, args: DatabaseAccessArgs, opts?: pulumi.CustomResourceOptions) {
    const checked = checkArguments(`DatabaseAccess "${name}"`, args, checkAccess, [
      "instanceName",
      "databaseName",
      "principals",
    ]);
    super("access", "DatabaseAccess", name, { ...undefinedOutputs, ...checked }, quiet(opts));
  }
}

/** Tells Pulumi which outputs there are beyond the inputs. */
const undefinedOutputs = {
  outcome: undefined,
  failure: undefined,
  drift: undefined,
  granted: undefined,
  found: undefined,
  createdRoles: undefined,
  keptRoles: undefined,
};
