// Descriptions of official resources that the stand-in does not serve, enough of each for its previews.
import { checkInputs, type NamingRequest } from "../../../local/plugin/framework/check.ts";
import {
  type Attribute,
  type Attributes,
  allAttributes,
  isInput,
  type ResourceDescription,
} from "../../../local/plugin/framework/description.ts";
import { FrameworkResource } from "../../../local/plugin/framework/resource.ts";
import type { Properties } from "../../../local/plugin/protocol/values.ts";

/** Most of them have no name that could be made up. */
export class OtherResource extends FrameworkResource {
  readonly #description: ResourceDescription;

  constructor(description: ResourceDescription) {
    super(description);
    this.#description = description;
  }

  override check(inputs: Properties, before: Properties, naming: NamingRequest) {
    const attributes = allAttributes(this.#description);
    if (attributes.name !== undefined && isInput(attributes.name)) return super.check(inputs, before, naming);
    return { inputs, failures: checkInputs(attributes, inputs) };
  }
}

const given: Attribute = { type: "string", given: "optional" };
const required: Attribute = { type: "string", given: "required" };
const fromServer: Attribute = { type: "string", given: "server" };
const flag: Attribute = { type: "boolean", given: "optional" };
const replacing: Attribute = { type: "string", given: "required", replaces: true };

function described(name: string, attributes: Attributes): ResourceDescription {
  const module = `${name[0]!.toLowerCase()}${name.slice(1)}`;
  return {
    token: `databricks:index/${module}:${name}`,
    terraformName: module.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    description: name,
    collection: `/api/2.0/${module}`,
    updateMask: [],
    attributes,
  };
}

const binding: Attributes = {
  name: given,
  description: given,
  database: {
    type: { object: { databaseName: given, instanceName: given, permission: given } },
    given: "optional",
  },
};

/** The resources that only recordings need. */
export const otherResources: readonly ResourceDescription[] = [
  described("App", {
    name: replacing,
    description: given,
    computeSize: given,
    noCompute: flag,
    resources: { type: { list: { object: binding } }, given: "optional" },
    servicePrincipalClientId: fromServer,
    servicePrincipalName: fromServer,
    url: fromServer,
  }),
  described("PostgresProject", {
    projectId: replacing,
    purgeOnDelete: flag,
    spec: {
      type: { object: { displayName: given, historyRetentionDuration: given } },
      given: "optional",
    },
    name: fromServer,
    uid: fromServer,
  }),
  described("PostgresBranch", {
    branchId: replacing,
    parent: replacing,
    spec: { type: { object: { sourceBranch: given, ttl: given, noExpiry: flag } }, given: "optional" },
    name: fromServer,
    uid: fromServer,
  }),
  described("PostgresDatabase", {
    databaseId: { ...given, replaces: true },
    parent: replacing,
    spec: { type: { object: { postgresDatabase: given, role: given } }, given: "optional" },
    name: fromServer,
  }),
  described("PostgresEndpoint", {
    endpointId: replacing,
    parent: replacing,
    spec: {
      type: { object: { endpointType: given, autoscalingLimitMaxCu: { type: "number", given: "optional" } } },
      given: "optional",
    },
    name: fromServer,
  }),
  described("PostgresRole", { roleId: { ...given, replaces: true }, parent: replacing, name: fromServer }),
  described("Catalog", { name: required, comment: given, forceDestroy: flag, owner: fromServer }),
  described("Schema", {
    name: replacing,
    catalogName: replacing,
    comment: given,
    forceDestroy: flag,
    owner: fromServer,
  }),
  described("Grant", {
    catalog: { ...given, replaces: true },
    schema: { ...given, replaces: true },
    principal: replacing,
    privileges: { type: { list: "string" }, given: "required" },
  }),
  described("Secret", {
    scope: replacing,
    key: replacing,
    stringValue: { ...given, replaces: true },
  }),
];
