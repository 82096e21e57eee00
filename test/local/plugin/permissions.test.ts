// Permissions against the recorded behaviour of the official plugin's other half.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PluginEngine, startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import {
  ME,
  PROBES,
  type ScriptedWorkspace,
  startScriptedWorkspace,
  WORKSPACE_ID,
} from "../support/scripted-workspace.ts";

const TOKEN = tokenOf("Permissions");
const PATH = "/api/2.0/permissions/database-instances/inst";
const USERS = { groupName: "users", permissionLevel: "CAN_USE" };
const MINE = '{"permission_level":"CAN_MANAGE","user_name":"me@example.com"}';

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

function direct(principal: Record<string, string>, level = "CAN_USE"): Record<string, unknown> {
  return { ...principal, all_permissions: [{ permission_level: level, inherited: false }] };
}

function listing(...entries: unknown[]): { body: unknown } {
  return {
    body: {
      object_id: "/database-instances/inst",
      object_type: "database-instances",
      access_control_list: [
        ...entries,
        direct({ user_name: "me@example.com" }, "CAN_MANAGE"),
        { group_name: "admins", all_permissions: [{ permission_level: "CAN_MANAGE", inherited: true }] },
        { group_name: "others", all_permissions: [{ permission_level: "CAN_USE", inherited: true }] },
      ],
    },
  };
}

beforeEach(async () => {
  workspace = await startScriptedWorkspace({
    [`PUT ${PATH}`]: {},
    [`GET ${PATH}`]: listing(direct({ group_name: "users" })),
  });
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

function program(...accessControls: Record<string, string>[]): Record<string, never> {
  return { accessControls, databaseInstanceName: "inst" } as never;
}

describe("create", () => {
  it("asks who calls, sets the whole list with the caller as manager, reads it, asks for the workspace", async () => {
    const state = await engine.up("p", TOKEN, program(USERS));
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      ME,
      `PUT ${PATH} {"access_control_list":[{"group_name":"users","permission_level":"CAN_USE"},${MINE}]}`,
      `GET ${PATH}?`,
      ME,
    ]);
    expect(state.id).toBe("/database-instances/inst");
    expect(state.outputs).toEqual({
      accessControls: [USERS],
      databaseInstanceName: "inst",
      id: "/database-instances/inst",
      objectType: "database-instances",
      providerConfig: { workspaceId: WORKSPACE_ID },
    });
  });

  it("previews the object type and the workspace as unknown", async () => {
    const step = await engine.preview("p", TOKEN, program(USERS));
    expect(step).toMatchObject({ operation: "create", unknown: ["objectType", "providerConfig"] });
    expect(workspace.takeTrace()).toEqual(PROBES);
  });

  it("lists the entries in the order of their hashes, as recorded, the caller last", async () => {
    await engine
      .up(
        "p",
        TOKEN,
        program(
          { groupName: "users", permissionLevel: "CAN_MANAGE" },
          { userName: "A@Example.com", permissionLevel: "CAN_USE" },
          { servicePrincipalName: "sp-uuid", permissionLevel: "CAN_USE" },
        ),
      )
      .catch(() => {});
    expect(workspace.takeTrace()[3]).toBe(
      `PUT ${PATH} {"access_control_list":[{"permission_level":"CAN_USE","service_principal_name":"sp-uuid"},` +
        '{"permission_level":"CAN_USE","user_name":"A@Example.com"},' +
        `{"group_name":"users","permission_level":"CAN_MANAGE"},${MINE}]}`,
    );
  });

  it("does not add the caller twice, by whatever name the program lists it", async () => {
    await engine.up(
      "p",
      TOKEN,
      program({ servicePrincipalName: "ME@example.com", permissionLevel: "CAN_MANAGE" }),
    );
    expect(workspace.takeTrace()[3]).toBe(
      `PUT ${PATH} {"access_control_list":[{"permission_level":"CAN_MANAGE","service_principal_name":"ME@example.com"}]}`,
    );
  });

  it.each([
    [
      { groupName: "admins", permissionLevel: "CAN_USE" },
      "it is not possible to modify admin permissions for database-instances resources",
    ],
    [
      { userName: "me@example.com", permissionLevel: "CAN_USE" },
      "cannot remove management permissions for the current user for database-instances, allowed levels: CAN_MANAGE",
    ],
  ])("refuses %o when it runs", async (entry, message) => {
    expect((await engine.preview("p", TOKEN, program(entry))).operation).toBe("create");
    await expect(engine.up("p", TOKEN, program(entry))).rejects.toThrow(
      `cannot create permissions: ${message}`,
    );
    expect(engine.state.size).toBe(0);
  });

  it("refuses a level the object does not know, at preview", async () => {
    await expect(
      engine.preview("p", TOKEN, program({ groupName: "users", permissionLevel: "CAN_VIEW" })),
    ).rejects.toThrow(
      "permission_level CAN_VIEW is not supported with database_instance_name objects; allowed levels: CAN_MANAGE, CAN_USE",
    );
  });

  it("refuses an empty list and a missing object at the check", async () => {
    await expect(engine.check("p", TOKEN, program())).rejects.toThrow(
      "Attribute access_control requires 1 item minimum",
    );
    await expect(engine.check("p", TOKEN, { accessControls: [USERS] })).rejects.toThrow(
      "one of databaseInstanceName, databaseProjectName, appName must be given",
    );
  });

  it("is recorded although reading it back fails, and the next run writes it again", async () => {
    workspace.script({ [`GET ${PATH}`]: { body: { object_type: "database-instance" } } });
    await expect(engine.up("p", TOKEN, program(USERS))).rejects.toThrow(
      "cannot read permissions: expected object type database-instances, got database-instance",
    );
    expect(engine.state.get("p")).toMatchObject({ id: "/database-instances/inst", failed: true });
    workspace.takeTrace();
    workspace.script({ [`GET ${PATH}`]: listing(direct({ group_name: "users" })) });
    await engine.up("p", TOKEN, program(USERS));
    expect(workspace.takeTrace().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  it("is not recorded when the list was refused", async () => {
    workspace.script({ [`PUT ${PATH}`]: { status: 403, body: { message: "no" } } });
    await expect(engine.up("p", TOKEN, program(USERS))).rejects.toThrow("cannot create permissions: no");
    expect(engine.state.size).toBe(0);
  });
});

describe("update", () => {
  beforeEach(async () => {
    await engine.up("p", TOKEN, program(USERS));
    workspace.takeTrace();
  });

  it("replaces the whole list; the caller is asked for once to write and once to read", async () => {
    workspace.script({ [`GET ${PATH}`]: listing(direct({ group_name: "users" }, "CAN_MANAGE")) });
    await engine.up("p", TOKEN, program({ groupName: "users", permissionLevel: "CAN_MANAGE" }));
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      ME,
      ME,
      `PUT ${PATH} {"access_control_list":[{"group_name":"users","permission_level":"CAN_MANAGE"},${MINE}]}`,
      ME,
      `GET ${PATH}?`,
    ]);
  });

  it("previews a detailed difference and makes nothing unknown", async () => {
    const added = await engine.preview(
      "p",
      TOKEN,
      program(USERS, { userName: "a@x.com", permissionLevel: "CAN_USE" }),
    );
    expect(added).toMatchObject({ operation: "update", unknown: [], diffs: ["accessControls"] });
    expect(Object.values(added.detailed!)).toContain("add");
    const changed = await engine.preview("p", TOKEN, program({ ...USERS, permissionLevel: "CAN_MANAGE" }));
    expect(changed.detailed).toEqual({ "accessControls[0]": "update" });
  });

  it("takes neither order nor case for a change", async () => {
    const entries = [USERS, { userName: "Ann@X.com", permissionLevel: "CAN_USE" }];
    workspace.script({
      [`GET ${PATH}`]: listing(direct({ user_name: "ANN@x.com" }), direct({ group_name: "users" })),
    });
    await engine.up("p", TOKEN, program(...entries));
    expect((await engine.preview("p", TOKEN, program(...entries.toReversed()))).operation).toBe("same");
  });

  it("is a replacement for another object: the new one first, then the old one reset to the caller", async () => {
    workspace.script({
      "PUT /api/2.0/permissions/database-instances/other": {},
      "GET /api/2.0/permissions/database-instances/other": listing(direct({ group_name: "users" })),
    });
    const moved = { ...(program(USERS) as object), databaseInstanceName: "other" };
    const step = await engine.preview("p", TOKEN, moved);
    expect(step).toMatchObject({ operation: "replace", replaces: ["databaseInstanceName"] });
    expect(step.detailed).toEqual({ databaseInstanceName: "update-replace" });
    workspace.takeTrace();
    await engine.up("p", TOKEN, moved);
    const calls = workspace.takeTrace().filter((line) => line.includes("/permissions/"));
    expect(calls.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "PUT /api/2.0/permissions/database-instances/other",
      "GET /api/2.0/permissions/database-instances/other?",
      `GET ${PATH}?`,
      `PUT ${PATH}`,
    ]);
  });
});

describe("refresh, import and delete", () => {
  it("shows what others added, which the next run removes", async () => {
    await engine.up("p", TOKEN, program(USERS));
    workspace.script({
      [`GET ${PATH}`]: listing(direct({ group_name: "users" }), direct({ user_name: "B@x.com" })),
    });
    const refreshed = await engine.refresh("p", TOKEN);
    expect(refreshed?.outputs.accessControls).toContainEqual({
      userName: "b@x.com",
      permissionLevel: "CAN_USE",
    });
    expect((await engine.preview("p", TOKEN, program(USERS))).operation).toBe("update");
  });

  it.each([
    ["nothing but the caller is listed", { [`GET ${PATH}`]: listing() }],
    ["the object is gone", { [`GET ${PATH}`]: { status: 404, body: { message: "gone" } } }],
  ])("drops the resource when %s", async (_, rules) => {
    await engine.up("p", TOKEN, program(USERS));
    workspace.script(rules);
    expect(await engine.refresh("p", TOKEN)).toBeNull();
  });

  it("imports by the object's id, reading twice, and shows no change", async () => {
    await engine.import("p", TOKEN, "/database-instances/inst");
    expect(workspace.takeTrace()).toEqual([...PROBES, ME, `GET ${PATH}?`, ME, ME, `GET ${PATH}?`]);
    expect(engine.state.get("p")?.inputs).toMatchObject({
      databaseInstanceName: "inst",
      accessControls: [USERS],
    });
    expect((await engine.preview("p", TOKEN, program(USERS))).operation).toBe("same");
  });

  it("reads, then leaves only the caller; a vanished object is no failure", async () => {
    await engine.up("p", TOKEN, program(USERS));
    const old = engine.state.get("p")!;
    workspace.takeTrace();
    await engine.destroy("p", TOKEN);
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      ME,
      `GET ${PATH}?`,
      ME,
      `PUT ${PATH} {"access_control_list":[${MINE}]}`,
    ]);
    engine.state.set("p", old);
    workspace.script({ [`GET ${PATH}`]: { status: 404, body: { message: "gone" } } });
    await engine.destroy("p", TOKEN);
    expect(workspace.takeTrace()).toEqual([...PROBES, ME, `GET ${PATH}?`]);
  });
});
