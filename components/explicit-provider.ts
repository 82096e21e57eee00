// This package's own resources ask the workspace of the stack's configuration. Under an explicit databricks provider the
// official resources beside them would go to another workspace.
import type * as pulumi from "@pulumi/pulumi";
import { throwProblems } from "./arguments.ts";

/**
 * Refuses one, be it the component's own or its parent's, for a component with official resources. Its settings are
 * outputs, so that even one for the same workspace cannot be told.
 *
 * @throws pulumi.RunError where there is one
 */
export function refuseExplicitProvider(subject: string, component: pulumi.Resource): void {
  if (component.getProvider("databricks::") === undefined) return;
  throwProblems(subject, [
    {
      path: "provider",
      reason:
        "is an explicit databricks provider, given here or to a parent, which this package does not follow",
      allowed: "the stack's own databricks provider",
      fix: "leave provider and providers out, set the workspace with `pulumi config set databricks:host …`, and use one stack for each workspace",
    },
  ]);
}
