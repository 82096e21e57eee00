// Builds the stack's `lakebase` output: the contract that applications read, without any secret.
import * as pulumi from "@pulumi/pulumi";
import { exportsSchemaVersion, type LakebaseExports, memoryGbOf } from "../lakebase/rules/index.ts";
import type { ConnectivityCheck } from "./connectivity-check.ts";
import type { LakebaseCatalog } from "./lakebase-catalog.ts";
import type { LakebaseInstance } from "./lakebase-instance.ts";

/** What the exports are made from. */
export interface LakebaseExportsArgs {
  instance: LakebaseInstance;
  /** PostgreSQL database that the applications use. */
  databaseName: pulumi.Input<string>;
  catalog?: LakebaseCatalog | undefined;
  check?: ConnectivityCheck | undefined;
  /** Address of the workspace; left out where the applications' environment says it. */
  workspaceHost?: pulumi.Input<string> | undefined;
  /** File with the certificate authority; left out for the system's. */
  sslRootCert?: pulumi.Input<string> | undefined;
}

/** The versioned `lakebase` output of a stack. */
export function lakebaseExports(args: LakebaseExportsArgs): pulumi.Output<LakebaseExports> {
  const { instance, catalog, check } = args;
  // One `all` over plain outputs, so that a preview shows each known member.
  return pulumi
    .output({
      instance: {
        name: instance.name,
        uid: instance.uid,
        capacity: instance.capacity,
        state: instance.state,
        stopped: instance.stopped,
      },
      endpoint: {
        readWriteDns: instance.readWriteDns,
        readOnlyDns: instance.readOnlyDns,
        port: instance.port,
        sslRootCert: args.sslRootCert,
      },
      database: { name: args.databaseName },
      catalogName: catalog?.name,
      host: args.workspaceHost,
      verification: check && {
        outcome: check.outcome,
        serverVersion: check.serverVersion,
        tlsVersion: check.tlsVersion,
        userName: check.userName,
        checkedAt: check.checkedAt,
      },
    })
    .apply(({ instance, endpoint, database, catalogName, host, verification }) => {
      const memoryGb = memoryGbOf(instance.capacity);
      return withoutEmpty({
        schemaVersion: exportsSchemaVersion,
        instance: { ...instance, memoryGb },
        endpoint: { ...endpoint, sslMode: "verify-full" as const },
        database,
        catalog: catalogName === undefined ? undefined : { name: catalogName },
        workspace: { host },
        verification,
      }) as LakebaseExports;
    });
}

/** Leaves out what is empty or undefined: a missing member is easier to test for than an empty text. */
function withoutEmpty(value: object): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== "")
      .map(([key, member]) => [
        key,
        typeof member === "object" && member !== null ? withoutEmpty(member) : member,
      ]),
  );
}
