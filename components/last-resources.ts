// The resources of a component that come after all others of it. To depend on them is to depend on the component, and
// the engine keeps a short list with every dependent instead of one of all children.
import type * as pulumi from "@pulumi/pulumi";

const lastResources = new WeakMap<pulumi.ComponentResource, readonly pulumi.Resource[]>();

/** Notes them. They depend, directly or not, on every other resource of the component that has to be waited for. */
export function setLastResources(component: pulumi.ComponentResource, resources: readonly pulumi.Resource[]) {
  lastResources.set(component, resources);
}

/** What to depend on instead of the component: the component itself where nothing is noted. */
export function lastResourcesOf(component: pulumi.ComponentResource): readonly pulumi.Resource[] {
  return lastResources.get(component) ?? [component];
}
