// The policies of Lakebase, for a policy pack of one's own or as they are.
export { type PackOptions, policiesForPack } from "./pulumi-policies.ts";
export { lakebasePolicies } from "./rules/index.ts";
export type { LakebasePolicy, Level, Resource, ResourcePolicy, Setting, StackPolicy } from "./types.ts";
