// The package schema of what the stand-in serves, generated from the descriptions.

import { KNOWN_ARGUMENTS } from "./connection/settings.ts";
import { type Attributes, type AttributeType, allAttributes, isInput } from "./framework/description.ts";
import { FUNCTIONS } from "./functions.ts";
import { DESCRIPTIONS } from "./resources/index.ts";
import { JOB_ATTRIBUTES } from "./resources/job-attributes.ts";
import { PERMISSIONS_ATTRIBUTES } from "./resources/permission-objects.ts";
import { PLUGIN_VERSION } from "./version.ts";

type Types = Record<string, unknown>;
type TypeSpec = Record<string, unknown>;

const SECRET_ARGUMENTS = new Set([
  "token",
  "password",
  "clientSecret",
  "azureClientSecret",
  "googleCredentials",
]);
const TYPED_ARGUMENTS: Record<string, TypeSpec> = {
  azureUseMsi: { type: "boolean" },
  debugHeaders: { type: "boolean" },
  debugTruncateBytes: { type: "integer" },
  disableOauthRefreshToken: { type: "boolean" },
  httpTimeoutSeconds: { type: "integer" },
  oauthCallbackPort: { type: "integer" },
  rateLimit: { type: "integer" },
  retryTimeoutSeconds: { type: "integer" },
  scopes: { type: "array", items: { type: "string" } },
  skipVerify: { type: "boolean" },
};

const SDK_V2_RESOURCES: readonly [token: string, attributes: Attributes, description: string][] = [
  ["databricks:index/job:Job", JOB_ATTRIBUTES, "Pipelines run by request or by schedule."],
  ["databricks:index/permissions:Permissions", PERMISSIONS_ATTRIBUTES, "Who may do what with an object."],
];

/** The schema as JSON text. */
export function packageSchema(): string {
  const types: Types = {};
  const resources: Record<string, unknown> = {};
  for (const description of DESCRIPTIONS) {
    const attributes = allAttributes(description);
    resources[description.token] = resource(description.token, attributes, types, description.description);
  }
  for (const [token, attributes, description] of SDK_V2_RESOURCES) {
    resources[token] = resource(token, attributes, types, description);
  }
  const functions = [...FUNCTIONS.values()].map(({ token, inputs, outputs }) => [
    token,
    { inputs: object(token, inputs, types), outputs: object(token, outputs, types) },
  ]);
  const variables = providerVariables();
  return JSON.stringify({
    name: "databricks",
    version: PLUGIN_VERSION,
    description: "Offline stand-in for the Databricks package: the Lakebase resources only.",
    config: { variables },
    provider: { description: "The provider of the databricks package.", inputProperties: variables },
    types,
    resources,
    functions: Object.fromEntries(functions),
  });
}

function providerVariables(): Record<string, TypeSpec> {
  const names = [...KNOWN_ARGUMENTS].sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        ...(TYPED_ARGUMENTS[name] ?? { type: "string" }),
        ...(SECRET_ARGUMENTS.has(name) ? { secret: true } : {}),
      },
    ]),
  );
}

function resource(token: string, attributes: Attributes, types: Types, description: string): unknown {
  const inputs = Object.fromEntries(Object.entries(attributes).filter(([, attribute]) => isInput(attribute)));
  // A name is generated when the program gives none, but is always there afterwards.
  const { required: requiredInputs } = object(token, inputs, types);
  // The id that the API gives beside the name is no property: Pulumi has one of that name.
  const { id: _id, ...outputAttributes } = attributes;
  const outputs = object(token, outputAttributes, types);
  return {
    description,
    inputProperties: object(token, inputs, types).properties,
    requiredInputs: requiredInputs.filter((name) => name !== "name"),
    properties: outputs.properties,
    required: outputs.required,
  };
}

function object(
  token: string,
  attributes: Attributes,
  types: Types,
): { type: string; properties: Types; required: string[] } {
  const properties: Types = {};
  for (const [name, { type, description }] of Object.entries(attributes)) {
    properties[name] = { ...typeSpec(token, name, type, types), ...(description ? { description } : {}) };
  }
  const required = Object.entries(attributes)
    .filter(([, { given }]) => given === "required")
    .map(([name]) => name);
  return { type: "object", properties, required };
}

function typeSpec(token: string, name: string, type: AttributeType, types: Types): TypeSpec {
  if (typeof type === "string") return { type };
  if ("list" in type)
    return { type: "array", items: typeSpec(token, name.replace(/s$/, ""), type.list, types) };
  const owner = token.split(":").at(-1)!;
  const typeName = owner + name[0]!.toUpperCase() + name.slice(1);
  const typeToken = `databricks:index/${typeName}:${typeName}`;
  types[typeToken] = object(typeToken, type.object, types);
  return { $ref: `#/types/${typeToken}` };
}
