// LakebaseAccess: what it declares, its defaults, and every mistake at once.
import { describe, expect, it } from "vitest";
import { InstancePower, LakebaseAccess, type LakebaseAccessArgs } from "../../components/index.ts";
import { promiseOf, record } from "./support/mocks.ts";

const accessType = "pulumi-nodejs:dynamic/lakebase:DatabaseAccess";
const permissionsType = "pulumi-nodejs:dynamic/lakebase:InstancePermissions";
const answers = {
  [accessType]: () => ({ outcome: "applied", drift: ["ann: lacks"], keptRoles: [] }),
  [permissionsType]: () => ({ drift: ["bob: lacks"] }),
};
const declare = (args: LakebaseAccessArgs) =>
  record((capture) => new LakebaseAccess("shop", args, { transformations: [capture] }), { answers });

const ann = { name: "ann@example.com", type: "USER", grants: [{ preset: "reader" }] };
const robot = {
  name: "11111111-2222-3333-4444-555555555555",
  type: "SERVICE_PRINCIPAL",
  workspacePermission: "NONE",
  syncedTables: ["operational.public.orders"],
};

describe("LakebaseAccess", () => {
  it("declares roles and grants in one resource, workspace permissions in another", async () => {
    const { recording } = await declare({ instanceName: "orders", principals: [ann, robot] });
    expect(recording.only(accessType).inputs).toEqual({
      instanceName: "orders",
      databaseName: "databricks_postgres",
      principals: [
        { name: ann.name, type: "USER", grants: [{ preset: "reader" }] },
        { name: robot.name, type: "SERVICE_PRINCIPAL", syncedTables: ["operational.public.orders"] },
      ],
    });
    expect(recording.only(permissionsType).inputs).toEqual({
      instanceName: "orders",
      permissions: [{ name: ann.name, type: "USER", level: "CAN_USE" }],
    });
  });

  it("hands on how to reach the database and the workspace, each to whom it concerns", async () => {
    const { recording } = await declare({
      instanceName: "orders",
      databaseName: "shop",
      principals: [],
      instanceUid: "uid-1",
      port: 54_320,
      sslRootCert: "ca.crt",
      workspaceHost: "https://a.example",
      profile: "dev",
      trigger: "1",
    });
    expect(recording.only(accessType).inputs).toMatchObject({
      databaseName: "shop",
      port: 54_320,
      sslRootCert: "ca.crt",
      workspaceHost: "https://a.example",
      profile: "dev",
      trigger: "1",
    });
    expect(recording.only(permissionsType).inputs).toEqual({
      instanceName: "orders",
      instanceUid: "uid-1",
      workspaceHost: "https://a.example",
      profile: "dev",
      permissions: [],
    });
  });

  it("shows roles, outcome and drift", async () => {
    const { result } = await declare({ instanceName: "orders", principals: [ann, robot] });
    expect(await promiseOf(result.roles)).toEqual([ann.name, robot.name]);
    expect(await promiseOf(result.outcome)).toBe("applied");
    expect(await promiseOf(result.drift)).toEqual(["bob: lacks", "ann: lacks"]);
  });

  it("declares the same in a preview in which names are not known yet", async () => {
    const { recording } = await record(
      (transformation) => {
        // Any output that only the deployment brings stands for the application id of a new service principal.
        const app = new InstancePower("app", { instanceName: "orders", stopped: false });
        const principals = [{ ...robot, name: app.uid }];
        const opts = { transformations: [transformation] };
        return new LakebaseAccess("shop", { instanceName: "orders", principals }, opts);
      },
      { preview: true, answers },
    );
    for (const type of [accessType, permissionsType])
      expect(recording.only(type).inputs).toMatchObject({ instanceName: "orders" });
  });

  it("refuses bad arguments, all at once, before anything is declared", async () => {
    await expect(
      declare({
        instanceName: "my_db",
        databaseName: "",
        principals: [{ name: "public", type: "GROUP", grants: [{ preset: "admin" }] }],
      }),
    ).rejects.toThrow(
      /LakebaseAccess "shop": 4 problems, nothing was sent.*instanceName:.*databaseName:.*principals\[0\]\.name:.*grants\[0\]\.preset:/s,
    );
  });
});
