// A stack for each pull request: a clone of the database, for its tests and its preview deployment.
import * as pulumi from "@pulumi/pulumi";
import { LakebaseDatabase, requireWorkspace } from "pulumi-lakebase";

const config = new pulumi.Config();
await requireWorkspace();

const parentName = config.require("parentName");
// For an incident: the time to go back to. A pull request wants the data of now.
const branchTime = config.get("branchTime") || undefined;
// One stack a pull request, named after it: `pulumi stack init pr-123`.
const pullRequest = pulumi.getStack();

const database = new LakebaseDatabase(
  "preview",
  {
    name: `${parentName}-${pullRequest}`,
    parent: { name: parentName, ...(branchTime === undefined ? {} : { branchTime }) },
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
