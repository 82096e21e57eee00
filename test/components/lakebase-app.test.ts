// LakebaseApp: the binding first, everything else in a stable order, the source judged at preview, grants after it.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it } from "vitest";
import { LakebaseApp, type LakebaseAppArgs } from "../../components/index.ts";
import { writeAppYaml } from "../../lakebase/app-source/index.ts";
import { promiseOf, record } from "./support/mocks.ts";

const appType = "databricks:index/app:App";
const accessType = "pulumi-nodejs:dynamic/lakebase:DatabaseAccess";
const permissionsType = "pulumi-nodejs:dynamic/lakebase:InstancePermissions";
const clientId = "11111111-2222-3333-4444-555555555555";
const answers = {
  [appType]: () => ({
    url: "https://shop-1.example.com",
    servicePrincipalClientId: clientId,
    servicePrincipalId: 777,
    servicePrincipalName: "app-1 shop",
  }),
};
const declare = (args: Partial<LakebaseAppArgs>, preview = false) =>
  record(
    (capture) =>
      new LakebaseApp(
        "shop",
        { name: "shop", instanceName: "orders", ...args },
        { transformations: [capture] },
      ),
    { answers, preview },
  );
const database = {
  name: "database",
  database: {
    instanceName: "orders",
    databaseName: "databricks_postgres",
    permission: "CAN_CONNECT_AND_CREATE",
  },
};
const folders: string[] = [];
const folderWith = async (files: Record<string, string>) => {
  const folder = await mkdtemp(join(tmpdir(), "lakebase-app-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

describe("the app", () => {
  it("is bound to the database, under a name of its own, and nothing else is declared", async () => {
    const { recording, result } = await declare({});
    expect(recording.only(appType).inputs).toEqual({ name: "shop", resources: [database] });
    expect(recording.resources.map(({ type }) => type)).toEqual(["lakebase:index:LakebaseApp", appType]);
    expect(recording.optionsOf(appType)).toMatchObject({ ignoreChanges: ["noCompute"] });
    expect(await promiseOf(result.servicePrincipalClientId)).toBe(clientId);
    expect(await promiseOf(result.url)).toBe("https://shop-1.example.com");
    expect(await promiseOf(result.resourceKey)).toBe("database");
  });

  it("sends what is given, and the other resources sorted after the database", async () => {
    const other = (name: string) => ({ name, sqlWarehouse: { id: name, permission: "CAN_USE" } });
    const { recording } = await declare({
      databaseName: "shop",
      resourceKey: "lakebase",
      description: "orders",
      noCompute: true,
      computeSize: "LARGE",
      userApiScopes: ["sql"],
      budgetPolicyId: "b",
      otherResources: [other("zoo"), pulumi.output(other("ant"))],
    });
    expect(recording.only(appType).inputs).toEqual({
      name: "shop",
      description: "orders",
      noCompute: true,
      computeSize: "LARGE",
      userApiScopes: ["sql"],
      budgetPolicyId: "b",
      resources: [
        { name: "lakebase", database: { ...database.database, databaseName: "shop" } },
        other("ant"),
        other("zoo"),
      ],
    });
  });

  it("refuses bad arguments, all at once, and the turn to a postgres binding with its reason", async () => {
    await expect(
      declare({ name: "Shop", otherResources: [{ name: "database", postgres: { branch: "b" } }] }),
    ).rejects.toThrow(/LakebaseApp "shop": 2 problems.*name:.*would turn the database binding/s);
  });
});

describe("the source", () => {
  it("is judged with the arguments, at preview", async () => {
    const sourceFolder = await folderWith({ "app.py": "", "requirements.txt": "streamlit" });
    await expect(declare({ name: "S", sourceFolder }, true)).rejects.toThrow(
      /LakebaseApp "shop": 3 problems.*name:.*app.yaml: is missing.*requirements.txt: lists no/s,
    );
  });

  it("passes when it is right, and is not sent", async () => {
    const sourceFolder = await folderWith({
      "app.yaml": writeAppYaml({ instanceName: "orders", databaseName: "databricks_postgres" }),
      "app.py": "",
      "requirements.txt": "asyncpg",
    });
    const { recording } = await declare({ sourceFolder });
    expect(recording.only(appType).inputs).toEqual({ name: "shop", resources: [database] });
  });

  it("may use the keys of the other resources, and no other", async () => {
    const sourceFolder = await folderWith({
      "app.yaml": `${writeAppYaml({ instanceName: "orders", databaseName: "databricks_postgres" })}  - name: WAREHOUSE\n    valueFrom: warehouse\n`,
      "app.py": "",
      "requirements.txt": "asyncpg",
    });
    const warehouse = { name: "warehouse", sqlWarehouse: { id: "w", permission: "CAN_USE" } };
    await declare({ sourceFolder, otherResources: [warehouse] });
    await expect(declare({ sourceFolder })).rejects.toThrow(
      /WAREHOUSE: comes from a resource that the app does not have/,
    );
  });
});

describe("grants", () => {
  it("are made for the app's service principal, and leave the workspace's list alone", async () => {
    const { recording } = await declare({
      grants: [{ schema: "public", preset: "reader" }],
      syncedTables: ["operational.public.revenue"],
      instanceUid: "uid-1",
      port: 54320,
      sslRootCert: "ca.pem",
      stopped: false,
    });
    expect(recording.only(accessType).inputs).toMatchObject({
      instanceName: "orders",
      instanceUid: "uid-1",
      databaseName: "databricks_postgres",
      port: 54320,
      sslRootCert: "ca.pem",
      stopped: false,
      principals: [
        {
          name: clientId,
          type: "SERVICE_PRINCIPAL",
          grants: [{ schema: "public", preset: "reader" }],
          syncedTables: ["operational.public.revenue"],
        },
      ],
    });
    expect(recording.only(permissionsType).inputs).toMatchObject({ permissions: [] });
  });
});

it("costs a program without apps no YAML parser", () => {
  const script = `
    import { registerHooks } from "node:module";
    let loaded = false;
    registerHooks({ load(url, context, next) { loaded ||= url.includes("/node_modules/yaml/"); return next(url, context); } });
    await import(${JSON.stringify(new URL("../../components/lakebase-app.ts", import.meta.url).href)});
    process.stdout.write(String(loaded));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(output).toBe("false");
});
