// The contract of the exports: schema, type, files and what a program really exports are the same.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Ajv } from "ajv";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  ConnectivityCheck,
  LakebaseCatalog,
  LakebaseInstance,
  lakebaseExports,
} from "../../components/index.ts";
import { exportsSchema } from "../../lakebase/rules/exports-schema.ts";
import { exportsSchemaVersion, type LakebaseExports } from "../../lakebase/rules/index.ts";
import { exportsReference } from "../../tools/exports-reference.ts";
import { promiseOf, record } from "../components/support/mocks.ts";

/** The type that a schema describes. */
type FromSchema<S> = S extends { const: infer C }
  ? C
  : S extends { type: "string" }
    ? string
    : S extends { type: "number" | "integer" }
      ? number
      : S extends { type: "boolean" }
        ? boolean
        : S extends { properties: infer P }
          ? Members<P, S extends { required: readonly (infer R)[] } ? R : never>
          : never;
type Members<P, R> = {
  -readonly [K in keyof P as K extends R ? K : never]: FromSchema<P[K]>;
} & { -readonly [K in keyof P as K extends R ? never : K]?: FromSchema<P[K]> };
/** Intersections as one object, so that two types are compared member by member. */
type Flat<T> = T extends object ? { [K in keyof T]: Flat<T[K]> } : T;

const validate = new Ajv({ strict: true, allErrors: true }).compile(exportsSchema);
const errorsOf = (value: unknown) =>
  validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

const complete: LakebaseExports = {
  schemaVersion: 1,
  instance: { name: "orders", uid: "u", capacity: "CU_1", memoryGb: 16, state: "AVAILABLE", stopped: false },
  endpoint: {
    readWriteDns: "h",
    readOnlyDns: "r",
    port: 5432,
    sslMode: "verify-full",
    sslRootCert: "f",
    hostAddress: "1.2.3.4",
  },
  database: { name: "d" },
  catalog: { name: "c" },
  workspace: { host: "https://w" },
  verification: { outcome: "verified", serverVersion: "v", tlsVersion: "t", userName: "u", checkedAt: "c" },
};

describe("the contract", () => {
  it("is the same as type and as schema", () => {
    expectTypeOf<Flat<FromSchema<typeof exportsSchema>>>().toEqualTypeOf<Flat<LakebaseExports>>();
    expect(exportsSchema.properties.schemaVersion.const).toBe(exportsSchemaVersion);
  });

  it.each(Object.keys(exportsReference()))("%s is what is generated", async (file) => {
    const text = await readFile(join(import.meta.dirname, "../..", file), "utf8");
    expect(text, "run: node tools/exports-reference.ts").toBe(exportsReference()[file]);
  });

  it("holds in the example of the page", () => {
    const [, text = ""] = /```json\n([\s\S]*?)```/.exec(exportsReference()["docs/exports.md"] ?? "") ?? [];
    expect(errorsOf(JSON.parse(text))).toEqual([]);
  });

  it("is shipped with the package", async () => {
    const { exports, files } = JSON.parse(
      await readFile(join(import.meta.dirname, "../../package.json"), "utf8"),
    );
    expect(exports["./exports.schema.json"]).toBe("./docs/exports.schema.json");
    expect(files).toContain("docs/exports.schema.json");
  });
});

describe("validation", () => {
  it("takes everything, the least, and members of later releases", () => {
    const { catalog: _catalog, verification: _verification, ...least } = complete;
    expect(errorsOf(complete)).toEqual([]);
    expect(errorsOf({ ...least, workspace: {} })).toEqual([]);
    expect(errorsOf({ ...complete, later: 1, instance: { ...complete.instance, later: {} } })).toEqual([]);
  });

  it("refuses another version, missing and empty members, and another way to verify", () => {
    const wrong = {
      ...complete,
      schemaVersion: 2,
      instance: { ...complete.instance, name: undefined },
      endpoint: { ...complete.endpoint, readOnlyDns: "", port: 0, sslMode: "require" },
      catalog: null,
    };
    expect(errorsOf(JSON.parse(JSON.stringify(wrong))).sort()).toEqual([
      "/catalog must be object",
      "/endpoint/port must be >= 1",
      "/endpoint/readOnlyDns must NOT have fewer than 1 characters",
      "/endpoint/sslMode must be equal to constant",
      "/instance must have required property 'name'",
      "/schemaVersion must be equal to constant",
    ]);
  });

  it.each([false, true])(
    "takes what a program exports, with an instance that is stopped: %s",
    async (stopped) => {
      const { result } = await record(() => {
        const instance = new LakebaseInstance("orders", { name: "orders", stopped });
        const catalog = new LakebaseCatalog("orders", { name: "operational", instanceName: instance.name });
        const check = new ConnectivityCheck("orders", { instanceName: instance.name, stopped });
        return lakebaseExports({ instance, catalog, check, databaseName: "shop", sslRootCert: "" });
      });
      const exported = await promiseOf(pulumi.output(result) as pulumi.Output<unknown>);
      expect(errorsOf(JSON.parse(JSON.stringify(exported)))).toEqual([]);
      expect(exported).toMatchObject({ schemaVersion: 1, instance: { name: "orders", stopped } });
    },
  );
});
