// Reads resources for the policies: kinds, known values, and whether a stack is one of production.
import type { Resource, Setting } from "./types.ts";

/** The instance of the official provider. */
export const instanceType = "databricks:index/databaseInstance:DatabaseInstance";
/** What LakebaseInstance starts and stops an instance with. */
export const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";
/** The proof, after a deployment, that an instance can be reached. */
export const checkType = "pulumi-nodejs:dynamic/lakebase:ConnectivityCheck";

/** A property's value; undefined when it is not set, or not known before the deployment. */
export function known(resource: Resource, property: string): unknown {
  try {
    const value = resource.props[property];
    // A list or object with one unknown member is not known either: reading it whole throws.
    return value === undefined || value === null ? undefined : JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

/** Whether a property is set to a value that is not known before the deployment. */
export function isUnknown(resource: Resource, property: string): boolean {
  try {
    JSON.stringify(resource.props[property]);
    return false;
  } catch {
    return true;
  }
}

/** Name of the instance at the service, else in Pulumi. */
export function instanceName(resource: Resource): string {
  const name = known(resource, resource.type === instanceType ? "name" : "instanceName");
  return typeof name === "string" ? name : resource.name;
}

/** The setting of the policies that only concern production. */
export interface ProductionConfig {
  productionStacks: string[];
}

/** Which stacks are production. */
export const productionSettings: { productionStacks: Setting } = {
  productionStacks: {
    type: "array",
    items: { type: "string" },
    description: "Names of the stacks that are production; * stands for any characters.",
    default: ["prod", "production", "prod-*", "production-*", "*-prod", "*-production"],
  },
};

/** Whether the resource's stack is one of production. */
export function isProduction(
  { urn }: Pick<Resource, "urn">,
  { productionStacks }: ProductionConfig,
): boolean {
  const stack = /^urn:pulumi:(.*?)::/.exec(urn)?.[1] ?? "";
  return productionStacks.some((pattern) => matches(stack, pattern));
}

function matches(text: string, pattern: string): boolean {
  const expression = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`).test(text);
}
