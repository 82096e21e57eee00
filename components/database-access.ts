// The dynamic resource that keeps PostgreSQL's roles and grants as declared: the shell around lakebase/access.
import type * as pulumi from "@pulumi/pulumi";
import type { GrantGroup } from "../lakebase/access/index.ts";
import { checkAccess } from "../lakebase/rules/index.ts";
import { checkArguments } from "./arguments.ts";
import { DynamicResource, quiet } from "./dynamic-shell.ts";
import type { LakebasePrincipalArgs } from "./lakebase-access.ts";

/**
 * Arguments of {@link DatabaseAccess}. A change of any other than `instanceName` and `databaseName` looks
 * again at what is missing, in place.
 */
export interface DatabaseAccessArgs {
  /** Name of the instance. A change takes everything back there and grants it on the other one. */
  instanceName: pulumi.Input<string>;
  /** PostgreSQL database. A change takes everything back there and grants it in the other one. */
  databaseName: pulumi.Input<string>;
  /** Who is to have what. Their workspace permission is not looked at here. */
  principals: pulumi.Input<pulumi.Input<LakebasePrincipalArgs>[]>;
  /** Whether the instance is meant to be stopped: the result is then `stopped`, and nothing is dialled. Default false. */
  stopped?: pulumi.Input<boolean>;
  /** The service's id of the instance. A new one is granted everything anew. Default: not compared. */
  instanceUid?: pulumi.Input<string>;
  /** TCP port. Default 5432. */
  port?: pulumi.Input<number>;
  /** File with the certificate authority, relative to the program's folder. Default: the system's authorities. */
  sslRootCert?: pulumi.Input<string>;
  /**
   * Address to connect to instead of resolving the host name; TLS still checks the name. Default: the name is
   * resolved.
   */
  hostAddress?: pulumi.Input<string>;
  /**
   * Address of the workspace, where it is not that of the stack's configuration or the environment. Default:
   * as the databricks provider of the stack.
   */
  workspaceHost?: pulumi.Input<string>;
  /** Profile of `~/.databrickscfg`. Default: as the databricks provider of the stack. */
  profile?: pulumi.Input<string>;
  /** Seconds to wait until the instance is AVAILABLE. Default 600. */
  deadlineSeconds?: pulumi.Input<number>;
  /**
   * Any text; a new one looks again for what is missing, such as the grants on a table that was made anew.
   * Default: none.
   */
  trigger?: pulumi.Input<string>;
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
