// Builds the stack's `lakebase` output: the contract that applications read, without any secret.
import * as pulumi from "@pulumi/pulumi";
import { exportsSchemaVersion, type LakebaseExports, memoryGbOf } from "../lakebase/rules/index.ts";
import type { ConnectivityCheck } from "./connectivity-check.ts";
import type { InstancePower } from "./instance-power.ts";
import type { LakebaseCatalog } from "./lakebase-catalog.ts";
import type { LakebaseInstance } from "./lakebase-instance.ts";

/** What the exports are made from. A change of any changes the output, and nothing in the workspace. */
export interface LakebaseExportsArgs {
  /** The instance, whose endpoint is told. */
  instance: LakebaseInstance;
  /**
   * What has the last word on the instance's power, where it is not the instance's component itself. Default:
   * the instance's component.
   */
  power?: InstancePower | undefined;
  /** PostgreSQL database that the applications use. */
  databaseName: pulumi.Input<string>;
  /** Its registration in Unity Catalog. Default: the output has no `catalog`. */
  catalog?: LakebaseCatalog | undefined;
  /** Its proof. Default: the output has no `verification`. */
  check?: ConnectivityCheck | undefined;
  /** Address of the workspace. Left out: the applications' environment says it. */
  workspaceHost?: pulumi.Input<string> | undefined;
  /** File with the certificate authority. Default: the system's authorities. */
  sslRootCert?: pulumi.Input<string> | undefined;
}

/** The same shape, each value of it possibly an output, and each optional one possibly an output of undefined. */
export type AsOutputs<T> = [T] extends [object | undefined]
  ? {
      [Key in keyof T]:
        | AsOutputs<T[Key]>
        | (undefined extends T[Key] ? pulumi.Output<T[Key] | undefined> : never);
    }
  : pulumi.Input<T>;

/** The versioned `lakebase` output of a stack; each member is an output of its own, so that a preview shows the known ones. */
export function lakebaseExports(args: LakebaseExportsArgs): AsOutputs<LakebaseExports> {
  const { instance, catalog, check, power = instance } = args;
  return {
    schemaVersion: exportsSchemaVersion,
    instance: {
      name: instance.name,
      uid: instance.uid,
      capacity: instance.capacity,
      memoryGb: instance.capacity.apply(memoryGbOf),
      state: power.state,
      stopped: power.stopped,
    },
    endpoint: {
      readWriteDns: instance.readWriteDns,
      readOnlyDns: missingIfEmpty(instance.readOnlyDns),
      port: instance.port,
      sslMode: "verify-full",
      sslRootCert: missingIfEmpty(args.sslRootCert),
    },
    database: { name: args.databaseName },
    ...(catalog === undefined ? {} : { catalog: { name: catalog.name } }),
    workspace: { host: missingIfEmpty(args.workspaceHost) },
    ...(check === undefined ? {} : { verification: verificationOf(check) }),
  };
}

function verificationOf(check: ConnectivityCheck) {
  const { outcome, serverVersion, tlsVersion, userName, checkedAt } = check;
  return {
    outcome,
    serverVersion: missingIfEmpty(serverVersion),
    tlsVersion: missingIfEmpty(tlsVersion),
    userName: missingIfEmpty(userName),
    checkedAt: missingIfEmpty(checkedAt),
  };
}

/** A missing member is easier to test for than an empty text. */
function missingIfEmpty(value: pulumi.Input<string> | undefined): pulumi.Output<string | undefined> {
  return pulumi.output(value).apply((text) => (text === "" ? undefined : text));
}
