// Arbitrary requests to every route of the REST API: plausible ones, bent ones, and nonsense.
import fc from "fast-check";

const database = "/api/2.0/database";
const catalogs = "/api/2.1/unity-catalog";

/** Every route; `:` begins a part that is made up. */
export const routes = [
  ...[
    "/instances",
    "/instances/:i",
    "/instances/:i/failover",
    "/instances/:i/catalogs",
    "/instances:findByUid",
  ].map((path) => database + path),
  ...["/instances/:i/roles", "/instances/:i/roles/:r", "/catalogs", "/catalogs/:c", "/credentials"].map(
    (path) => database + path,
  ),
  ...["/synced_tables", "/synced_tables/:t", "/tables", "/nothing"].map((path) => database + path),
  ...["/api/2.0/apps", "/api/2.0/apps/:a", "/api/2.0/apps/:a/start", "/api/2.0/apps/:a/stop"],
  ...["/api/2.0/pipelines", "/api/2.0/pipelines/:p", "/api/2.0/pipelines/:p/updates"],
  ...["/api/2.0/pipelines/:p/updates/:u", "/api/2.0/pipelines/:p/stop"],
  ...["/api/2.0/permissions/database-instances/:i", "/api/2.0/permissions/:k/:i/permissionLevels"],
  ...["Me", "Users", "Users/:i", "Groups", "Groups/:i", "ServicePrincipals", "ServicePrincipals/:i"].map(
    (path) => `/api/2.0/preview/scim/v2/${path}`,
  ),
  ...[
    "/catalogs",
    "/catalogs/:c",
    "/schemas",
    "/schemas/:s",
    "/tables",
    "/tables/:t",
    "/tables/:t/exists",
  ].map((path) => catalogs + path),
  ...["/permissions/:k/:c", "/current-metastore-assignment"].map((path) => catalogs + path),
  ...["/oidc/v1/token", "/oidc/v1/keys", "/.well-known/databricks-config", "/api", "/", "/local/requests"],
  ...["/local/faults", "/local/clock", "/local/identities", "/local/apps/:a/environment"],
];

const known = ["db", "idle", "main", "one", "operational", "operational.public.t", "developer@example.com"];
const evil = [
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "..", ".", "../../local/clock"],
  ...[
    "%00",
    "%2e%2e%2f",
    "%",
    "%ff%fe",
    "a%2fb",
    "';DROP TABLE documents;--",
    '"',
    "\\",
    "{{7*7}}",
    `$${"{7}"}`,
  ],
  ...["\u0000", "\ud800", "é".repeat(63), "x".repeat(300), "💥", "\u202e", "NaN", "-1", "1e400", "null"],
];

const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...known) },
  { weight: 3, arbitrary: fc.constantFrom(...evil) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
);

/** Encoded as a client would, or left as it is where a line of HTTP can hold it. */
const segment = fc.tuple(word, fc.boolean()).map(([text, isEncoded]) => {
  const encoded = encodeURIComponent(text.toWellFormed());
  return isEncoded || /[^!-~]/.test(text) ? encoded : text;
});

const path = fc.constantFrom(...routes).chain((route) => {
  const parts = route.split("/");
  return fc
    .tuple(...parts.map((part) => (part.startsWith(":") ? segment : fc.constant(part))))
    .map((made) => (made as string[]).join("/") || "/");
});

const parameters = [
  ...["page_size", "page_token", "uid", "force", "purge", "purge_data", "update_mask", "allow_missing"],
  ...[
    "reassign_owned_to",
    "filter",
    "max_results",
    "catalog_name",
    "schema_name",
    "excludedAttributes",
    "__proto__",
  ],
];
const parameter = fc
  .tuple(
    fc.constantFrom(...parameters),
    fc.oneof(segment, fc.constantFrom("true", "false", "*", "stopped,capacity")),
  )
  .map(([name, value]) => `${name}=${value}`);
// Twice the same one as well.
const query = fc.array(parameter, { maxLength: 4 }).map((all) => (all.length > 0 ? `?${all.join("&")}` : ""));

const fields = [
  ...[
    "name",
    "capacity",
    "stopped",
    "node_count",
    "custom_tags",
    "parent_instance_ref",
    "retention_window_in_days",
  ],
  ...[
    "enable_readable_secondaries",
    "usage_policy_id",
    "request_id",
    "instance_names",
    "claims",
    "identity_type",
  ],
  ...[
    "attributes",
    "membership_role",
    "database_instance_name",
    "database_name",
    "logical_database_name",
    "spec",
  ],
  ...["create_database_if_not_exists", "access_control_list", "user_name", "permission_level", "resources"],
  ...[
    "userName",
    "displayName",
    "members",
    "schemas",
    "catalog_name",
    "comment",
    "properties",
    "changes",
    "add",
  ],
  ...[
    "method",
    "path",
    "times",
    "advance_seconds",
    "source_table_full_name",
    "primary_key_columns",
    "key",
    "value",
  ],
  ...[
    "scheduling_policy",
    "existing_pipeline_id",
    "new_pipeline_spec",
    "__proto__",
    "constructor",
    "toJSON",
    "then",
  ],
];
const scalar = fc.oneof(
  word,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 2 ** 53, 1e308, "CU_1", "CU_2", "PG_ONLY", "SNAPSHOT"),
  fc.constantFrom<unknown>(
    "CAN_USE",
    "CAN_MANAGE",
    "DATABRICKS_SUPERUSER",
    "postgres",
    "databricks_postgres",
  ),
  fc.double(),
);
const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...fields), tie("value"), { maxKeys: 5 }) },
  ),
})).value;

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
const body = fc.oneof(
  { weight: 8, arbitrary: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 8 }).map(write) },
  { weight: 2, arbitrary: value.map(write) },
  { weight: 1, arbitrary: fc.constant("") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        '{"name":',
        '{"name":"a","name":"b"}',
        '{"__proto__":{"polluted":1},"name":"x"}',
        "NaN",
        "\ufeff{}",
        "[]",
        "\u0000",
      ],
      ...[
        nested(200_000, "[", "]"),
        nested(100_000, '{"name":', "}"),
        `{"spec":${nested(20_000, "[", "]")}}`,
      ],
      ...[`{"name":"db","stopped":${nested(9_000, "[", "]")}}`, `{"node_count":1${"0".repeat(500)}}`],
      ...["grant_type=client_credentials&client_id=&client_secret=", `{"name":"${"a".repeat(1_100_000)}"}`],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
);

/** A key like `__proto__` is written too, which JSON.stringify does for own properties only. */
function write(content: unknown): string {
  return JSON.stringify(content) ?? "";
}

const types = [
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "",
  "é/;",
];
const header = fc.oneof(
  fc.constantFrom(...types).map((type) => ["Content-Type", type] as const),
  fc.constantFrom("gzip", "br", "x").map((encoding) => ["Content-Encoding", encoding] as const),
  fc
    .tuple(
      fc.constantFrom("User-Agent", "Accept", "X-Forwarded-Host", "Cookie", "X-Databricks-Org-Id"),
      segment,
    )
    .map(([name, text]) => [name, text] as const),
);

/** Tokens: what `Authorization` holds. `good` stands for the workspace's own. */
export type Token = { kind: "good" } | { kind: "none" } | { kind: "bad"; header: string };
const jwt = (head: string) => `${Buffer.from(head).toString("base64url")}.e30.${"A".repeat(86)}`;
const badTokens = [
  ...[
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Basic Og==",
    "Basic ZGV2Og==",
    "bearer dapi",
    `Bearer dapi${"0".repeat(32)}`,
  ],
  ...[
    `Bearer ${jwt('{"alg":"none"}')}`,
    `Bearer ${jwt('{"alg":"ES256"}')}`,
    `Bearer ${jwt("{")}`,
    "Bearer ..",
    "Bearer a.b.c",
  ],
  ...["Bearer null", "Bearer undefined", "Bearer __proto__", `Bearer ${"x".repeat(7_000)}`, "Digest a", ","],
];

/** Bodies that pass the first checks, so that what comes behind them is reached. */
const plausible: [method: string, target: string, fields: Record<string, fc.Arbitrary<unknown>>][] = [
  [
    "POST",
    `${database}/instances/db/roles`,
    { name: word, identity_type: fc.constantFrom("USER", "PG_ONLY") },
  ],
  ["POST", `${database}/instances`, { name: word, capacity: fc.constant("CU_1"), stopped: fc.boolean() }],
  [
    "POST",
    `${database}/instances`,
    { name: word, parent_instance_ref: fc.record({ name: word, lsn: fc.constant("0/1") }) },
  ],
  ["PATCH", `${database}/instances/idle`, { custom_tags: fc.array(fc.record({ key: word, value: word })) }],
  ["POST", `${database}/credentials`, { request_id: word, instance_names: fc.array(word, { maxLength: 3 }) }],
  [
    "POST",
    `${database}/catalogs`,
    {
      name: word,
      database_instance_name: fc.constant("db"),
      database_name: word,
      create_database_if_not_exists: fc.boolean(),
    },
  ],
  [
    "POST",
    `${database}/synced_tables`,
    {
      name: fc
        .tuple(fc.constantFrom("operational", "one"), word)
        .map(([catalog, table]) => `${catalog}.public.${table}`),
      database_instance_name: fc.constant("db"),
      logical_database_name: word,
      spec: fc.record({
        source_table_full_name: word.map((table) => `main.gold.${table}`),
        primary_key_columns: fc.array(word, { minLength: 1, maxLength: 2 }),
        scheduling_policy: fc.constantFrom("SNAPSHOT", "CONTINUOUS"),
        timeseries_key: word,
        new_pipeline_spec: fc.record({ storage_catalog: word, storage_schema: word }),
      }),
    },
  ],
  [
    "PATCH",
    "/api/2.0/permissions/database-instances/db",
    {
      access_control_list: fc.array(
        fc.record({ user_name: word, permission_level: fc.constantFrom("CAN_USE", "CAN_MANAGE") }),
        { maxLength: 3 },
      ),
    },
  ],
  [
    "POST",
    "/api/2.0/preview/scim/v2/Users",
    { userName: word.map((name) => `${name}@example.com`), displayName: word },
  ],
  ["POST", "/api/2.0/preview/scim/v2/Groups", { displayName: word }],
  ["POST", "/api/2.0/preview/scim/v2/ServicePrincipals", { displayName: word }],
  [
    "POST",
    `${catalogs}/catalogs`,
    { name: word, comment: word, properties: fc.dictionary(word, word, { maxKeys: 2 }) },
  ],
  ["POST", `${catalogs}/schemas`, { name: word, catalog_name: word }],
  [
    "PATCH",
    `${catalogs}/permissions/catalog/main`,
    {
      changes: fc.array(fc.record({ principal: word, add: fc.array(word, { maxLength: 2 }) }), {
        maxLength: 2,
      }),
    },
  ],
  [
    "POST",
    "/api/2.0/apps",
    {
      name: word,
      resources: fc.array(
        fc.record({
          name: word,
          database: fc.record({
            instance_name: fc.constant("db"),
            database_name: word,
            permission: fc.constant("CAN_CONNECT_AND_CREATE"),
          }),
        }),
        { maxLength: 2 },
      ),
    },
  ],
];

/** One request. */
export interface FuzzRequest {
  method: string;
  target: string;
  headers: (readonly [string, string])[];
  body: string;
}

const plausibleRequest: fc.Arbitrary<FuzzRequest> = fc
  .constantFrom(...plausible)
  .chain(([method, target, content]) =>
    fc.record(content).map((made) => ({ method, target, headers: [], body: write(made) })),
  );

const bentRequest: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.constantFrom(
    "GET",
    "POST",
    "POST",
    "PUT",
    "PATCH",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PROPFIND",
  ),
  target: fc.tuple(path, query).map((parts) => parts.join("")),
  headers: fc.array(header, { maxLength: 3 }),
  body,
});

/** Arbitrary requests. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 3, arbitrary: bentRequest },
  { weight: 1, arbitrary: plausibleRequest },
);

/** What is not the workspace's token. */
export const badToken: fc.Arbitrary<string | undefined> = fc.option(fc.constantFrom(...badTokens), {
  nil: undefined,
});
