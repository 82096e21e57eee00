// The part of a dynamic resource that Pulumi writes into the state: so small that it need never change.
import * as pulumi from "@pulumi/pulumi";

/** A provider of `lakebase/provider`, by its name there. */
export type ProviderKind =
  | "access"
  | "connectivity"
  | "identity"
  | "permissions"
  | "pipeline"
  | "power"
  | "syncedTable";

/**
 * The module that each dynamic resource carries as `__provider`. Three rules keep it from harm: its text is the same on
 * every machine and in every release (the providers' own `diff` does not look at it, so even a changed text is no
 * update); nothing but the kind is put into it, so that no path, module or secret gets into the state; and it loads its
 * logic when it runs, from the package that the program has installed, so that a refresh or a deletion never runs the
 * code of an old release. A test pins the text.
 */
export function providerText(kind: ProviderKind): string {
  return `exports.handler = () => {
  const shell = { configure: async ({ config }) => { shell.config = config; } };
  const load = () => process.getBuiltinModule("node:module").createRequire(process.cwd() + "/")("pulumi-lakebase/provider").${kind}(shell.config);
  for (const name of ["check", "diff", "create", "read", "update", "delete"]) shell[name] = async (...values) => load()[name](...values);
  return shell;
};
`;
}

/**
 * A dynamic resource, as `pulumi.dynamic.Resource` is one, with a text in place of a function: Pulumi would load the
 * TypeScript compiler and walk through the function's closure at every preview, and write six times as much into the state.
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  /**
   * @param type name of the resource's class
   * @param props inputs, and every output beyond them as undefined
   */
  constructor(
    kind: ProviderKind,
    type: string,
    name: string,
    props: pulumi.Inputs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(`pulumi-nodejs:dynamic/lakebase:${type}`, name, { ...props, __provider: providerText(kind) }, opts);
  }
}

/**
 * The provider of the instance makes every id unknown in the preview of any update, even of a tag. It only tells
 * replacements apart here, so its going unknown is kept out of the displayed diff.
 */
export function quiet(opts: pulumi.CustomResourceOptions | undefined): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(opts, { hideDiffs: ["instanceUid"] });
}
