// Every policy, pure and free of Pulumi.
import type { LakebasePolicy } from "../types.ts";
import { noPublicRead } from "./access.ts";
import {
  capacityCeiling,
  deletionProtection,
  noNativeLogin,
  productionRuns,
  readableSecondaries,
  requiredTags,
  retentionFloor,
} from "./instances.ts";
import { verified } from "./verification.ts";

/** All of them. */
export const lakebasePolicies: readonly LakebasePolicy[] = [
  deletionProtection,
  capacityCeiling,
  retentionFloor,
  readableSecondaries,
  requiredTags,
  noNativeLogin,
  noPublicRead,
  verified,
  productionRuns,
];
