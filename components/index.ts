// The components that a Pulumi program imports.
export { ConnectivityCheck, type ConnectivityCheckArgs } from "./connectivity-check.ts";
export { type LakebaseExportsArgs, lakebaseExports } from "./exports.ts";
export { InstanceIdentity, type InstanceIdentityArgs } from "./instance-identity.ts";
export { InstancePower, type InstancePowerArgs } from "./instance-power.ts";
export { LakebaseCatalog, type LakebaseCatalogArgs } from "./lakebase-catalog.ts";
export { LakebaseInstance, type LakebaseInstanceArgs, type LakebaseParentArgs } from "./lakebase-instance.ts";
export { requireWorkspace } from "./workspace-reach.ts";
