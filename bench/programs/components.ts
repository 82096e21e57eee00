// The tables of index.ts in any number, through the components.

import * as pulumi from "@pulumi/pulumi";
import { LakebaseDatabase, requireWorkspace } from "pulumi-lakebase";

const config = new pulumi.Config();
const catalogName = config.require("catalogName");
// The configuration travels in the environment, whose entries end at 128 KiB on Linux: a thousand tables do not fit.
const syncedTables = Array.from({ length: config.requireNumber("tables") }, (_, at) => ({
  name: `${catalogName}.public.table_${at}`,
  source: `main.bench.${catalogName}_${Math.floor(at / 20)}`,
  primaryKey: ["id"],
  policy: "SNAPSHOT",
  storageCatalog: "main",
  storageSchema: "bench",
}));

await requireWorkspace();
const name = config.require("instanceName");
const [port, sslRootCert] = [config.requireNumber("port"), config.require("sslRootCert")];
const database = new LakebaseDatabase(
  "lakebase",
  { name, catalogName, syncedTables, port, sslRootCert },
  { protect: false },
);

export const lakebase = database.exports;
