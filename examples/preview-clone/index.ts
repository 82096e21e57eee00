// A stack for each pull request: a clone of the database, for its tests and its preview deployment.
import * as pulumi from "@pulumi/pulumi";
import { LakebaseDatabase, requireWorkspace } from "pulumi-lakebase";

const config = new pulumi.Config();
await requireWorkspace();

const parentName = config.require("parentName");
// One stack a pull request, named after it: `pulumi stack init pr-123`.
const pullRequest = pulumi.getStack();

const database = new LakebaseDatabase(
  "preview",
  {
    name: `${parentName}-${pullRequest}`,
    parent: { name: parentName },
    customTags: { purpose: "preview", "pull-request": pullRequest },
    retentionWindowInDays: 2,
    port: config.requireNumber("port"),
    sslRootCert: config.require("sslRootCert"),
  },
  // The clone goes with the pull request: `pulumi destroy` when it is closed.
  { protect: false },
);

/** What the preview deployment reads. */
export const lakebase = database.exports;
