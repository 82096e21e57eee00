// The stack: configuration in, an instance with its registration and its proof, exports out.
import * as pulumi from "@pulumi/pulumi";
import {
  ConnectivityCheck,
  LakebaseCatalog,
  LakebaseInstance,
  lakebaseExports,
  requireWorkspace,
} from "./components/index.ts";
import { readStackConfiguration } from "./components/stack-configuration.ts";

const settings = readStackConfiguration();
await requireWorkspace();

const instance = new LakebaseInstance(
  "lakebase",
  {
    name: settings.instanceName,
    capacity: settings.capacity,
    stopped: settings.stopped,
    nodeCount: settings.nodeCount,
    enableReadableSecondaries: settings.enableReadableSecondaries,
    retentionWindowInDays: settings.retentionWindowInDays,
    customTags: settings.customTags,
    port: settings.port,
    adoptExisting: settings.adoptExisting,
    allowReplacementOf: settings.allowReplacementOf,
  },
  { protect: settings.protect },
);

const catalog =
  settings.catalogName === ""
    ? undefined
    : new LakebaseCatalog("lakebase", {
        name: settings.catalogName,
        instanceName: instance.name,
        databaseName: settings.databaseName,
        createDatabaseIfNotExists: true,
      });

const check = new ConnectivityCheck(
  "lakebase",
  {
    instanceName: instance.name,
    instanceUid: instance.uid,
    databaseName: settings.databaseName,
    stopped: settings.stopped,
    capacity: settings.capacity,
    port: settings.port,
    sslRootCert: settings.sslRootCert,
    trigger: settings.verificationTrigger,
  },
  { dependsOn: catalog === undefined ? [] : [catalog] },
);

/** What the applications read: `pulumi stack output lakebase --json`. */
export const lakebase = lakebaseExports({
  instance,
  catalog,
  check,
  databaseName: settings.databaseName,
  sslRootCert: settings.sslRootCert,
  workspaceHost: new pulumi.Config("databricks").get("host"),
});
