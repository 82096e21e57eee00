// The bodies of requests about apps: what may be set, what is read-only, what a resource must have.
import type { AppResource } from "./apps-table.ts";
import { invalidParameter, notImplemented } from "./errors.ts";
import {
  accept,
  type Check,
  flag,
  integer,
  isObject,
  list,
  object,
  oneOf,
  outputOnly,
  text,
} from "./validation.ts";

/** The only permission on a database that an app can have. */
const databasePermission = "CAN_CONNECT_AND_CREATE";

/** What a client says about an app. */
export interface AppRequest {
  name?: string;
  resources?: AppResource[];
  [setting: string]: unknown;
}

const nonEmpty = text({ form: /\S/, described: "a non-empty string" });
const anything: Check = (value, path) => (isObject(value) ? [] : [`${path} must be a JSON object`]);

/** Kinds of resources beside `database`, which is the only one that has an effect here. */
const otherKinds = [
  "app",
  "experiment",
  "genie_space",
  "job",
  "postgres",
  "secret",
  "serving_endpoint",
  "sql_warehouse",
  "uc_securable",
] as const;

const resource = object(
  {
    name: nonEmpty,
    description: text(),
    database: object(
      { instance_name: nonEmpty, database_name: nonEmpty, permission: oneOf([databasePermission]) },
      ["instance_name", "database_name", "permission"],
    ),
    ...Object.fromEntries(otherKinds.map((kind) => [kind, anything])),
  },
  ["name"],
);

const settings: Readonly<Record<string, Check>> = {
  budget_policy_id: text(),
  compute_max_instances: integer(1, 100),
  compute_min_instances: integer(0, 100),
  compute_size: text(),
  default_source_code_path: outputOnly,
  description: text(),
  forward_user_access_token: flag,
  git_repository: anything,
  git_source: anything,
  source_code_path: text(),
  space: text(),
  telemetry_export_destinations: list(anything),
  usage_policy_id: text(),
  user_api_scopes: list(text()),
};

const fields: Readonly<Record<string, Check>> = {
  ...settings,
  name: text({
    form: /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])$/,
    described: "2 to 30 lowercase letters, digits and hyphens, with a letter or digit at both ends",
  }),
  resources: list(resource),
};

/** The body of a creation. */
export function acceptCreation(body: unknown): AppRequest & { name: string } {
  const request = accept<AppRequest & { name: string }>(body, object(fields, ["name"]));
  checkResources(request.resources ?? []);
  return request;
}

/** The body of an update: read-only and unknown members come back from an earlier answer, and are ignored. */
export function acceptUpdate(body: unknown, name: string): AppRequest {
  const known = isObject(body)
    ? Object.fromEntries(Object.entries(body).filter(([key]) => Object.hasOwn(fields, key)))
    : body;
  const request = accept<AppRequest>(known, object(fields));
  if (request.name !== undefined && request.name !== name) {
    throw invalidParameter(`name ${name} cannot be changed to ${request.name}`);
  }
  checkResources(request.resources ?? []);
  return request;
}

/** What the client set beyond name and resources. */
export function settingsOf(request: AppRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request).filter(([key]) => Object.hasOwn(settings, key)));
}

function checkResources(resources: readonly AppResource[]): void {
  const problems = resources.flatMap((item, index) => {
    const kinds = ["database", ...otherKinds].filter((kind) => item[kind] !== undefined);
    const isRepeated = resources.findIndex(({ name }) => name === item.name) !== index;
    return [
      ...(kinds.length === 1
        ? []
        : [`resources[${index}] must have exactly one kind, not ${kinds.join(", ") || "none"}`]),
      ...(isRepeated ? [`resources[${index}].name ${JSON.stringify(item.name)} is used twice`] : []),
    ];
  });
  if (problems.length > 0) throw invalidParameter(problems.join("; "));
  if (resources.some(({ postgres }) => postgres !== undefined)) {
    throw notImplemented(
      "Resources of kind postgres (Autoscaling) are not available in a local workspace; bind the instance with kind database",
    );
  }
}
