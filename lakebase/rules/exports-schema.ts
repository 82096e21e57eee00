// The contract of the exports as JSON Schema, for programs in any language; docs/exports.* are made from it.

/** Schema of a stack's `lakebase` output, version 1. Members that it does not name may come at any time. */
export const exportsSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "urn:pulumi-lakebase:exports:1",
  title: "The lakebase output of a stack, version 1",
  description:
    "Everything that an application needs to connect to a Lakebase database, apart from a credential.",
  type: "object",
  required: ["schemaVersion", "instance", "endpoint", "database", "workspace"],
  properties: {
    schemaVersion: {
      const: 1 as number,
      description:
        "Version of this shape. Members may be added within a version; none is removed or changed.",
    },
    instance: {
      type: "object",
      description: "The database instance.",
      required: ["name", "uid", "capacity", "state", "stopped"],
      properties: {
        name: { type: "string", minLength: 1, description: "Name, which a credential is asked for with." },
        uid: { type: "string", description: "The service's own id of it." },
        capacity: { type: "string", description: "Capacity tier, such as `CU_1`." },
        memoryGb: {
          type: "number",
          description:
            "Memory of each node in GB. Missing for a tier that the writing version does not know.",
        },
        state: {
          type: "string",
          description: "State at the last deployment or refresh, such as `AVAILABLE` or `STOPPED`.",
        },
        stopped: {
          type: "boolean",
          description: "Whether it is meant to be stopped: it refuses all connections then.",
        },
      },
    },
    endpoint: {
      type: "object",
      description: "Where it is reached.",
      required: ["readWriteDns", "port", "sslMode"],
      properties: {
        readWriteDns: {
          type: "string",
          minLength: 1,
          description: "Host name for reading and writing. TLS checks the certificate against it.",
        },
        readOnlyDns: {
          type: "string",
          minLength: 1,
          description: "Host name of the readable secondaries. Missing without them.",
        },
        port: { type: "integer", minimum: 1, maximum: 65535, description: "TCP port; 5432 on the service." },
        sslMode: { const: "verify-full", description: "How a libpq client must verify." },
        sslRootCert: {
          type: "string",
          minLength: 1,
          description: "File with the certificate authority. Missing where the system's authorities do.",
        },
        hostAddress: {
          type: "string",
          minLength: 1,
          description: "Address to connect to instead of resolving the host name, as libpq's hostaddr.",
        },
      },
    },
    database: {
      type: "object",
      description: "The database that applications use.",
      required: ["name"],
      properties: { name: { type: "string", minLength: 1, description: "Name of the PostgreSQL database." } },
    },
    catalog: {
      type: "object",
      description: "The registration in Unity Catalog. Missing without one.",
      required: ["name"],
      properties: { name: { type: "string", minLength: 1, description: "Name of the catalog." } },
    },
    workspace: {
      type: "object",
      description: "The workspace, which credentials are asked of.",
      properties: {
        host: {
          type: "string",
          minLength: 1,
          description: "Address of it. Missing where the environment or a profile says it.",
        },
      },
    },
    verification: {
      type: "object",
      description:
        "What the connectivity check found at the last deployment or refresh. Missing without a check.",
      required: ["outcome"],
      properties: {
        outcome: { type: "string", description: "`verified`, `stopped` (not checked) or `failed`." },
        serverVersion: { type: "string", minLength: 1, description: "What `SELECT version()` said." },
        tlsVersion: { type: "string", minLength: 1, description: "TLS version of the connection." },
        userName: { type: "string", minLength: 1, description: "Who logged in: the one that deploys." },
        checkedAt: { type: "string", minLength: 1, description: "When, ISO 8601." },
      },
    },
  },
} as const;
