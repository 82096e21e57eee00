// Where a pool's configuration comes from, which source counts, and every problem at once.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { readConfiguration } from "../../client/configuration.ts";
import { type LakebaseExports, RuleViolations } from "../../client/index.ts";
import type { LakebasePoolOptions } from "../../client/options.ts";
import { mergeSettings } from "../../client/settings.ts";

const uid = "5b7a4ac8-4a47-4b3c-8a5c-0c4c5f0c2a11";
const host = `instance-${uid}.database.cloud.databricks.com`;
const readOnlyHost = `instance-ro-${uid}.database.cloud.databricks.com`;

const exported: LakebaseExports = {
  schemaVersion: 1,
  instance: { name: "orders", uid, capacity: "CU_1", memoryGb: 16, state: "AVAILABLE", stopped: false },
  endpoint: { readWriteDns: host, readOnlyDns: readOnlyHost, port: 5432, sslMode: "verify-full" },
  database: { name: "shop" },
  workspace: { host: "https://dbc-1.cloud.databricks.com" },
};

const environment = {
  PGHOST: host,
  PGDATABASE: "shop",
  PGUSER: "8a1f-app",
  PGPORT: "6432",
  PGSSLMODE: "require",
  PGAPPNAME: "my-app",
  LAKEBASE_INSTANCE_NAME: "orders",
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lakebase-exports-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (options: LakebasePoolOptions) => readConfiguration({ env: {}, ...options });

function problemsOf(options: LakebasePoolOptions): string[] {
  try {
    read(options);
  } catch (error) {
    if (error instanceof RuleViolations) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe("the stack's exports", () => {
  const wanted = {
    instanceName: "orders",
    instanceUid: uid,
    host,
    readOnlyHost,
    port: 5432,
    database: "shop",
    workspace: { host: "https://dbc-1.cloud.databricks.com" },
  };

  it("are read as object, JSON, file, file URL, and among all outputs", async () => {
    const file = join(folder, "lakebase.json");
    const all = join(folder, "all.json");
    await writeFile(file, JSON.stringify(exported));
    await writeFile(all, JSON.stringify({ other: 1, lakebase: exported }));
    for (const given of [exported, JSON.stringify(exported), file, pathToFileURL(file), all]) {
      expect(read({ exports: given })).toMatchObject(wanted);
    }
  });

  it("may have members that this version does not know", () => {
    const later = {
      ...exported,
      schemaVersion: 1,
      colour: "blue",
      endpoint: { ...exported.endpoint, quic: true },
    };
    expect(read({ exports: later })).toMatchObject(wanted);
  });

  it("of a newer version are refused with the versions that are known", () => {
    expect(() => read({ exports: { ...exported, schemaVersion: 2 } })).toThrow(
      /exports\.schemaVersion: written by a newer pulumi-lakebase \(given: 2\)\s+allowed: 1\s+fix: update/,
    );
    expect(() => read({ exports: { lakebase: 1 } })).toThrow(/not a known version/);
  });

  it("that cannot be read are named, without their text", () => {
    expect(() => read({ exports: join(folder, "none.json") })).toThrow(/cannot be read \(ENOENT\)/);
    expect(() => read({ exports: '{"token": "hunter2"' })).toThrow(/the text is not JSON/);
    expect(() => read({ exports: '{"token": "hunter2"' })).not.toThrow(/hunter2/);
    expect(() => read({ exports: { apply: () => {} } })).toThrow(/an Output is not its value/);
    expect(() => read({ exports: 5 as never })).toThrow(/neither an object/);
    const hollow = {
      schemaVersion: 1,
      instance: {},
      endpoint: { port: "x", sslMode: "disable" },
      database: { name: 5 },
    };
    expect(problemsOf({ exports: hollow })).toEqual([
      "exports.endpoint.sslMode",
      "exports.instance.name",
      "exports.endpoint.readWriteDns",
      "exports.endpoint.port",
      "exports.database.name",
      "instanceName",
    ]);
  });
});

describe("an app's environment", () => {
  it("is enough", () => {
    expect(read({ env: environment })).toMatchObject({
      instanceName: "orders",
      host,
      user: "8a1f-app",
      port: 6432,
      database: "shop",
      driver: { application_name: "my-app", ssl: { rejectUnauthorized: true } },
    });
  });

  it("names the instance by the host alone", () => {
    const { LAKEBASE_INSTANCE_NAME: _, ...injected } = environment;
    expect(read({ env: injected })).toMatchObject({ instanceName: undefined, instanceUid: uid });
  });

  it("names an Autoscaling endpoint", () => {
    const endpoint = "projects/p/branches/main/endpoints/primary";
    expect(read({ env: { LAKEBASE_ENDPOINT: endpoint } })).toMatchObject({
      endpoint,
      instanceName: undefined,
    });
  });

  it("takes an empty variable for one that is not set, and LAKEBASE_DATABASE_NAME before PGDATABASE", () => {
    const env = { ...environment, PGPORT: "", LAKEBASE_DATABASE_NAME: "own" };
    expect(read({ env })).toMatchObject({ port: 5432, database: "own" });
    expect(read({ env: { LAKEBASE_INSTANCE_NAME: "a" } }).database).toBe("databricks_postgres");
  });
});

describe("precedence", () => {
  it("is arguments, then exports, then environment", () => {
    const env = { ...environment, LAKEBASE_DATABASE_NAME: "from-env" };
    expect(read({ exports: exported, env, user: "me" })).toMatchObject({
      user: "me",
      port: 5432,
      database: "shop",
    });
    expect(read({ exports: exported, env, database: "mine", port: 7 })).toMatchObject({
      database: "mine",
      port: 7,
    });
    expect(read({ exports: exported, env }).user).toBe("8a1f-app");
  });

  it("takes each setting from the first source that has it (property)", () => {
    const source = fc.record(
      { user: fc.string(), database: fc.string(), port: fc.nat(), workspaceHost: fc.string() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(source, { maxLength: 4 }), (sources) => {
        const merged = mergeSettings(...sources);
        for (const key of ["user", "database", "port", "workspaceHost"] as const) {
          expect(merged[key]).toBe(sources.find((one) => one[key] !== undefined)?.[key]);
        }
      }),
    );
  });

  it("drops host and address of another instance", () => {
    const env = { ...environment, PGHOSTADDR: "10.0.0.1" };
    expect(read({ instanceName: "billing", env })).toMatchObject({
      instanceName: "billing",
      host: undefined,
    });
    expect(read({ instanceName: "billing", env }).hostAddress).toBeUndefined();
    expect(read({ instanceName: "orders", env })).toMatchObject({ host, hostAddress: "10.0.0.1" });
    const other = { PGHOST: "elsewhere.example.com", PGHOSTADDR: "10.0.0.1" };
    expect(read({ exports: exported, env: other })).toMatchObject({ host, hostAddress: undefined });
  });

  it("puts arguments before a connection string, and that before the rest", () => {
    const connectionString = `postgresql://ann%40example.com@${host}:6000/db%20one?application_name=x&sslmode=require&statement_timeout=5`;
    expect(read({ connectionString, port: 7000, env: environment })).toMatchObject({
      user: "ann@example.com",
      host,
      port: 7000,
      database: "db one",
      driver: { application_name: "x", statement_timeout: "5" },
    });
    expect(read({ connectionString, env: environment }).driver).not.toHaveProperty("connectionString");
  });
});

describe("TLS", () => {
  it.each([
    ["a connection string's sslmode", { connectionString: `postgresql://${host}/db?sslmode=disable` }],
    ["no-verify", { connectionString: `postgresql://${host}/db?sslmode=no-verify` }],
    ["ssl=false in a connection string", { connectionString: `postgresql://${host}/db?ssl=false` }],
    ["PGSSLMODE", { env: { ...environment, PGSSLMODE: "prefer" } }],
    ["ssl: false", { instanceName: "a", ssl: false as never }],
    ["rejectUnauthorized", { instanceName: "a", ssl: { rejectUnauthorized: false } }],
    ["another server name", { instanceName: "a", host, ssl: { servername: "evil.example.com" } }],
    ["a missing authority", { instanceName: "a", sslRootCert: "/nowhere/ca.pem" }],
    ["a folder as authority", { instanceName: "a", sslRootCert: tmpdir() }],
    [
      "an address that cannot be decoded",
      { connectionString: `postgresql://50%@${host}/db`, instanceName: "a" },
    ],
  ])("cannot be weakened by %s", (_, options) => {
    expect(problemsOf(options)).toHaveLength(1);
  });

  it("keeps what strengthens it", () => {
    const ssl = { minVersion: "TLSv1.3", ca: "PEM", cert: "C", key: "K" } as const;
    expect(read({ instanceName: "a", ssl }).driver.ssl).toMatchObject({ ...ssl, rejectUnauthorized: true });
    const seen: string[] = [];
    const own = (name: string) => {
      seen.push(name);
      return undefined;
    };
    const { ssl: result } = read({ instanceName: "a", ssl: { checkServerIdentity: own } }).driver;
    const check = (result as { checkServerIdentity(name: string, certificate: object): Error | undefined })
      .checkServerIdentity;
    expect(
      check("evil.example.com", { subject: { CN: "good" }, subjectaltname: "DNS:good.example.com" }),
    ).toBeInstanceOf(Error);
    expect(seen).toEqual([]);
    expect(
      check("good.example.com", { subject: { CN: "good" }, subjectaltname: "DNS:good.example.com" }),
    ).toBeUndefined();
    expect(seen).toEqual(["good.example.com"]);
  });
});

describe("problems", () => {
  it("come all at once", () => {
    const options = {
      exports: "{",
      port: 70_000,
      hostAddress: "localhost",
      endpoint: "primary",
      poolSize: -1,
      maxOverflow: 1,
      max: 5,
      lifetimeJitter: 2,
      maxLifetimeSeconds: 3_000_000,
      tokens: { refreshAt: 1, jitter: 0.5 },
      password: "hunter2",
      workspace: { host: "://" },
      env: { PGPORT: "x", PGSSLMODE: "disable" },
    } as LakebasePoolOptions;
    expect(problemsOf(options).sort()).toEqual(
      [
        ...[
          "exports",
          "port",
          "hostAddress",
          "endpoint",
          "poolSize",
          "maxOverflow",
          "lifetimeJitter",
          "password",
        ],
        ...[
          "maxLifetimeSeconds",
          "tokens.refreshAt",
          "tokens.jitter",
          "workspace.host",
          "PGPORT",
          "PGSSLMODE",
        ],
      ].sort(),
    );
    expect(() => read(options)).not.toThrow(/hunter2/);
  });

  it("name what is missing when nothing is said", () => {
    expect(() => read({})).toThrow(
      /createLakebasePool: 1 problem.*\n.*instanceName: no instance is named\n.*LAKEBASE_INSTANCE_NAME or LAKEBASE_ENDPOINT/,
    );
  });

  it("name pg's native client", () => {
    vi.stubEnv("NODE_PG_FORCE_NATIVE", "1");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(problemsOf({ instanceName: "a" })).toEqual(["NODE_PG_FORCE_NATIVE"]);
  });

  it("show no password of a connection string", () => {
    const secret = () => read({ connectionString: `postgresql://u:hunter2@${host}/db` });
    expect(secret).toThrow(/holds a password/);
    expect(secret).not.toThrow(/hunter2/);
    expect(() => read({ connectionString: "hunter2" })).not.toThrow(/hunter2/);
  });
});

describe("sizes", () => {
  it.each([
    [{}, { min: 5, max: 15 }],
    [
      { poolSize: 2, maxOverflow: 3 },
      { min: 2, max: 5 },
    ],
    [{ poolSize: 0 }, { min: 0, max: 10 }],
    [{ max: 3 }, { min: 3, max: 3 }],
    [{ max: 50 }, { min: 5, max: 50 }],
    [
      { min: 1, max: 4 },
      { min: 1, max: 4 },
    ],
  ])("%j is pg's %j", (options, sizes) => {
    expect(read({ instanceName: "a", ...options }).driver).toMatchObject(sizes);
  });

  it("that contradict each other are refused", () => {
    expect(problemsOf({ instanceName: "a", min: 6, max: 5 })).toEqual(["max"]);
    expect(problemsOf({ instanceName: "a", poolSize: 0, maxOverflow: 0 })).toEqual(["max"]);
    expect(problemsOf({ instanceName: "a", poolSize: 1, min: 1 })).toEqual(["poolSize"]);
  });
});
