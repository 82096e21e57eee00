// The policy that every instance is proven to work.
import { checkType, instanceName, instanceType, isUnknown } from "../reading.ts";
import type { StackPolicy } from "../types.ts";

/** After each deployment, every instance has been logged in to. */
export const verified: StackPolicy<object> = {
  scope: "stack",
  name: "lakebase-verified",
  description: "Every instance is connected to and queried after a deployment.",
  reason:
    "an instance that is AVAILABLE may still be out of reach: by name resolution, by certificate, by login",
  fix: "add a ConnectivityCheck with its `instanceName`",
  level: "advisory",
  settings: {},
  check: (resources) => {
    const checks = resources.filter(({ type }) => type === checkType);
    // A check whose instance is not known yet may be the missing one.
    if (checks.some((check) => isUnknown(check, "instanceName"))) return [];
    const proven = new Set(checks.map(instanceName));
    return resources
      .filter(({ type }) => type === instanceType)
      .map(instanceName)
      .filter((name) => !proven.has(name))
      .map((name) => `nothing verifies that instance "${name}" can be reached`);
  },
};
