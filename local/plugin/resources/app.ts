// The app, described. It has neither an update mask nor a limit of its wait.

import type { Attribute, Attributes, AttributeType, ResourceDescription } from "../framework/description.ts";

function input(type: AttributeType, description: string): Attribute {
  return { type, given: "optional", description };
}

function output(type: AttributeType, description: string): Attribute {
  return { type, given: "server", description };
}

/** An output that an update never changes: it stays known in the preview of one, and goes back in its body. */
function constant(type: AttributeType, description: string): Attribute {
  return { ...output(type, description), sticky: true };
}

function members(names: readonly string[], given: Attribute["given"]): Attributes {
  return Object.fromEntries(names.map((name) => [name, { type: "string", given }] as const));
}

const GIT_REPOSITORY: Attributes = {
  autoDeploy: { type: "boolean", given: "optional" },
  callerCredentialId: { type: "integer", given: "optional" },
  ...members(["provider", "url"], "required"),
};

const GIT_SOURCE: Attributes = {
  ...members(["branch", "commit", "sourceCodePath", "tag"], "optional"),
  gitRepository: { type: { object: GIT_REPOSITORY }, given: "optional or server" },
  resolvedCommit: { type: "string", given: "optional or server" },
};

const DEPLOYMENT: Attributes = {
  commands: { type: { list: "string" }, given: "server" },
  deploymentArtifacts: { type: { object: members(["sourceCodePath"], "server") }, given: "server" },
  envVars: { type: { list: { object: members(["name", "value", "valueFrom"], "server") } }, given: "server" },
  gitSource: { type: { object: GIT_SOURCE }, given: "server" },
  status: { type: { object: members(["message", "state"], "server") }, given: "server" },
  ...members(["createTime", "creator", "deploymentId", "mode", "sourceCodePath", "updateTime"], "server"),
};

/** A kind of resource, all of whose members must be given. */
function kind(...names: string[]): Attribute {
  return { type: { object: members([...names, "permission"], "required") }, given: "optional" };
}

const RESOURCE: Attributes = {
  app: { type: { object: members(["name", "permission"], "optional") }, given: "optional" },
  database: kind("databaseName", "instanceName"),
  description: { type: "string", given: "optional" },
  experiment: kind("experimentId"),
  genieSpace: kind("name", "spaceId"),
  job: kind("id"),
  name: { type: "string", given: "required" },
  postgres: {
    type: { object: members(["branch", "database", "permission"], "optional") },
    given: "optional",
  },
  secret: kind("key", "scope"),
  servingEndpoint: kind("name"),
  sqlWarehouse: kind("id"),
  ucSecurable: {
    type: {
      object: {
        ...members(["permission", "securableFullName", "securableType"], "required"),
        securableKind: { type: "string", given: "optional or server" },
      },
    },
    given: "optional",
  },
};

const TELEMETRY: Attributes = {
  unityCatalog: {
    type: { object: members(["logsTable", "metricsTable", "tracesTable"], "required") },
    given: "optional",
  },
};

const ATTRIBUTES: Attributes = {
  activeDeployment: output({ object: DEPLOYMENT }, "The deployment that runs."),
  appStatus: output(
    {
      object: {
        ...members(["message", "state"], "server"),
        runningInstances: { type: "integer", given: "server" },
      },
    },
    "State of the application.",
  ),
  budgetPolicyId: input("string", "Budget policy."),
  computeMaxInstances: input("integer", "Largest number of instances."),
  computeMinInstances: input("integer", "Smallest number of instances."),
  computeSize: { type: "string", given: "optional or server", description: "Size of the compute." },
  computeStatus: output(
    {
      object: {
        ...members(["message", "state"], "server"),
        activeInstances: { type: "integer", given: "server" },
      },
    },
    "State of the compute.",
  ),
  createTime: constant("string", "When it was created."),
  creator: constant("string", "Who created it."),
  defaultGitSource: output({ object: GIT_SOURCE }, "Where it is deployed from by default."),
  defaultSourceCodePath: output("string", "Folder it is deployed from by default."),
  description: input("string", "What the app is for."),
  effectiveBudgetPolicyId: output("string", "Budget policy in force."),
  effectiveUsagePolicyId: output("string", "Usage policy in force."),
  effectiveUserApiScopes: output({ list: "string" }, "Scopes in force."),
  forwardUserAccessToken: {
    type: "boolean",
    given: "optional or server",
    description: "Whether the app gets the token of its user.",
  },
  gitRepository: input({ object: GIT_REPOSITORY }, "Repository of the source."),
  gitSource: {
    type: { object: GIT_SOURCE },
    given: "optional or server",
    sticky: true,
    description: "Where it is deployed from.",
  },
  id: output("string", "The API's own id, which is not the resource's."),
  name: { type: "string", given: "required", replaces: true, description: "Name of the app." },
  noCompute: { ...input("boolean", "Create the app without compute."), local: true },
  oauth2AppClientId: output("string", "OAuth client of the app."),
  oauth2AppIntegrationId: output("string", "OAuth integration of the app."),
  pendingDeployment: output({ object: DEPLOYMENT }, "The deployment under way."),
  resources: {
    ...input({ list: { object: RESOURCE } }, "What the app may use, in order."),
    losesEmptyList: true,
  },
  servicePrincipalClientId: constant("string", "Application id of the app's service principal."),
  servicePrincipalId: constant("integer", "Id of the app's service principal."),
  servicePrincipalName: constant("string", "Name of the app's service principal."),
  sourceCodePath: {
    type: "string",
    given: "optional or server",
    sticky: true,
    description: "Folder it is deployed from.",
  },
  space: input("string", "Space that the app belongs to."),
  telemetryExportDestinations: input({ list: { object: TELEMETRY } }, "Where telemetry goes."),
  thumbnailUrl: output("string", "Picture of the app."),
  updateTime: output("string", "When it was last changed."),
  updater: output("string", "Who last changed it."),
  url: constant("string", "Address of the app."),
  usagePolicyId: input("string", "Usage policy."),
  userApiScopes: input({ list: "string" }, "Scopes of the user's token."),
};

/** `databricks.App` */
export const APP: ResourceDescription = {
  token: "databricks:index/app:App",
  terraformName: "app",
  description: "A Databricks app.",
  collection: "/api/2.0/apps",
  createQuery: { no_compute: "noCompute" },
  wait: {
    field: ["compute_status", "state"],
    ready: ["ACTIVE", "STOPPED"],
    failed: ["ERROR"],
    what: "app to be active or stopped",
  },
  attributes: ATTRIBUTES,
};
