// Workspace permissions as a resource: its own entries hold, everybody else's are never touched.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type PermissionsInputs,
  type PermissionsOutputs,
  permissions,
} from "../../../lakebase/provider/permissions.ts";
import { planPermissions, principalKey } from "../../../lakebase/provider/permissions-plan.ts";
import { type PermissionEntry, type Workspace, WorkspaceError } from "../../../lakebase/workspace/index.ts";

const user = (principal: string, level: string): PermissionEntry => ({
  field: "user_name",
  principal,
  level,
});
const group = (principal: string, level: string): PermissionEntry => ({
  field: "group_name",
  principal,
  level,
});

/** An instance with a list of permissions; every change is noted. */
function instanceWith(present: PermissionEntry[], uid: string = randomUUID()) {
  const world = { present, uid, asked: [] as string[], status: 200, ignores: false, losesAnswer: false };
  const answer = () => {
    if (world.status === 200) return;
    throw new WorkspaceError({
      status: world.status,
      errorCode: "ERROR",
      reason: "it failed",
      fix: "mend it",
    });
  };
  const set = (verb: string, entries: readonly PermissionEntry[], next: PermissionEntry[]) => {
    answer();
    world.asked.push(`${verb} ${entries.map(({ principal, level }) => `${principal}=${level}`).join(" ")}`);
    if (!world.ignores) world.present = next;
    if (world.losesAnswer)
      throw new WorkspaceError({ errorCode: "UNREACHABLE", reason: "cut", fix: "again" });
    return world.present;
  };
  const workspace = {
    async getInstance() {
      answer();
      return { name: "orders", uid: world.uid, state: "STOPPED", childNames: [] };
    },
    access: {
      async getPermissions() {
        answer();
        return world.present;
      },
      async addPermissions(_: string, entries: readonly PermissionEntry[]) {
        const keys = entries.map(principalKey);
        return set("PATCH", entries, [
          ...world.present.filter((entry) => !keys.includes(principalKey(entry))),
          ...entries,
        ]);
      },
      async replacePermissions(_: string, entries: readonly PermissionEntry[]) {
        return set("PUT", entries, [...entries]);
      },
    },
  } as unknown as Workspace;
  return { world, provider: permissions(undefined, async () => workspace) };
}

const inputs = (...entries: [name: string, type: string, level: string][]): PermissionsInputs => ({
  instanceName: "orders",
  permissions: entries.map(([name, type, level]) => ({ name, type, level })),
});
const me = user("me@example.com", "CAN_MANAGE");

describe("permissions", () => {
  it("are remembered as made although the answer was lost, so that they are taken back in the end", async () => {
    const { provider, world } = instanceWith([me]);
    world.losesAnswer = true;
    const recorded = await provider.create(inputs(["ann@example.com", "USER", "CAN_USE"])).then(
      () => expect.fail("the answer must be lost"),
      (error: { properties: PermissionsOutputs }) => error.properties,
    );
    expect(world.present).toContainEqual(user("ann@example.com", "CAN_USE"));
    world.losesAnswer = false;
    const { outs } = await provider.update("id", recorded, inputs(["ann@example.com", "USER", "CAN_USE"]));
    await provider.delete("id", outs);
    expect(world.present).toEqual([me]);
  });

  it("are changed one after the other on one instance, so that no list is written back that is old", async () => {
    const ann = user("ann@example.com", "CAN_USE");
    const { provider, world } = instanceWith([me]);
    const { id, outs } = await provider.create(inputs(["ann@example.com", "USER", "CAN_USE"]));
    expect(world.present).toContainEqual(ann);
    // Two resources of one run: one takes its entry back, which writes the whole list, while another one adds its own.
    await Promise.all([
      provider.delete(id, outs),
      provider.create(inputs(["bob@example.com", "USER", "CAN_USE"])),
    ]);
    expect(world.present).toEqual([me, user("bob@example.com", "CAN_USE")]);
  });

  it("adds with PATCH, so that nobody else's entry is in the request", async () => {
    const { provider, world } = instanceWith([me, group("ops", "CAN_USE")]);
    const { outs } = await provider.create(
      inputs(["ann@example.com", "USER", "CAN_USE"], ["analysts", "GROUP", "CAN_MANAGE"]),
    );
    expect(world.asked).toEqual(["PATCH ann@example.com=CAN_USE analysts=CAN_MANAGE"]);
    expect(outs).toMatchObject({ outcome: "applied", seenUid: world.uid, drift: [] });
    expect(outs.made.map(({ principal, before }) => [principal, before])).toEqual([
      ["ann@example.com", ""],
      ["analysts", ""],
    ]);
  });

  it("asks for nothing for the admins, who manage every instance", async () => {
    const { provider, world } = instanceWith([me]);
    await provider.create(inputs(["admins", "GROUP", "CAN_USE"]));
    expect(world.asked).toEqual([]);
  });

  it("removes one of its own and writes all others back", async () => {
    const { provider, world } = instanceWith([me]);
    const { id, outs } = await provider.create(inputs(["ann@example.com", "USER", "CAN_USE"]));
    world.present.push(group("ops", "CAN_MANAGE"));
    await provider.delete(id, outs);
    expect(world.present).toEqual([me, group("ops", "CAN_MANAGE")]);
  });

  it("leaves an entry that gives as much, and puts one that gave less back", async () => {
    const { provider, world } = instanceWith([
      user("Ann@example.com", "CAN_MANAGE"),
      group("analysts", "CAN_USE"),
    ]);
    const { id, outs } = await provider.create(
      inputs(["ann@example.com", "USER", "CAN_USE"], ["analysts", "GROUP", "CAN_MANAGE"]),
    );
    expect(world.asked).toEqual(["PATCH analysts=CAN_MANAGE"]);
    await provider.delete(id, outs);
    expect(world.present).toEqual([user("Ann@example.com", "CAN_MANAGE"), group("analysts", "CAN_USE")]);
  });

  it("does nothing the second time, and tells drift only when there is some", async () => {
    const { provider, world } = instanceWith([me]);
    const wanted = inputs(["ann@example.com", "USER", "CAN_USE"]);
    const { id, outs } = await provider.create(wanted);
    world.asked = [];
    expect((await provider.update(id, outs, wanted)).outs).toEqual(outs);
    expect(world.asked).toEqual([]);
    expect((await provider.read(id, outs)).props).toEqual(outs);
    expect(await provider.diff(id, outs, wanted)).toMatchObject({ changes: false, replaces: [] });
    world.present = [me];
    const { props } = await provider.read(id, outs);
    expect(props.drift).toEqual(["ann@example.com: does not have CAN_USE on the instance"]);
    expect(await provider.diff(id, props, wanted)).toMatchObject({ changes: true, replaces: [] });
  });

  it("makes everything anew on another instance of the name", async () => {
    const { provider, world } = instanceWith([me]);
    const wanted = inputs(["ann@example.com", "USER", "CAN_USE"]);
    const { id, outs } = await provider.create(wanted);
    Object.assign(world, { uid: "uid-2", present: [me] });
    await provider.delete(id, outs);
    expect(world.present).toEqual([me]);
    expect((await provider.update(id, outs, wanted)).outs).toMatchObject({
      seenUid: "uid-2",
      made: [{ before: "" }],
    });
  });

  it("a deletion without an instance is no failure, one without the right to it is", async () => {
    const { provider, world } = instanceWith([me]);
    const { id, outs } = await provider.create(inputs(["ann@example.com", "USER", "CAN_USE"]));
    world.status = 404;
    await provider.delete(id, outs);
    world.status = 403;
    await expect(provider.delete(id, outs)).rejects.toThrow("it failed");
  });

  it("renamed without an alias, what the new one found is not removed with the old one", async () => {
    const { provider, world } = instanceWith([me]);
    const wanted = inputs(["ann@example.com", "USER", "CAN_USE"]);
    const old = await provider.create(wanted);
    await provider.create(wanted);
    await provider.delete(old.id, old.outs);
    expect(world.present).toEqual([me, user("ann@example.com", "CAN_USE")]);
  });

  it("a failure is recorded with what was made before, for the next up", async () => {
    const { provider, world } = instanceWith([me]);
    const { id, outs } = await provider.create(inputs(["ann@example.com", "USER", "CAN_USE"]));
    world.status = 500;
    await expect(provider.update(id, outs, inputs())).rejects.toMatchObject({
      id,
      properties: { outcome: "failed", made: outs.made, seenUid: world.uid },
      message: expect.stringMatching(/permissions on instance "orders": .*it failed/),
    });
    world.status = 200;
    world.ignores = true;
    await expect(provider.create(inputs(["bob@example.com", "USER", "CAN_USE"]))).rejects.toThrow(
      /did not make it: CAN_USE for bob@example.com/,
    );
  });

  it("checks names and levels, and waits for what is not known yet", async () => {
    const { provider } = instanceWith([]);
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { failures } = await provider.check(
      {},
      inputs(["public", "GROUP", "CAN_VIEW"], [unknown, "SERVICE_PRINCIPAL", "CAN_USE"]),
    );
    expect(failures.map(({ property }) => property)).toEqual(["permissions[0].name", "permissions[0].level"]);
    const olds = {
      ...inputs(["a@b", "USER", "CAN_USE"]),
      outcome: "applied",
      drift: [],
    } as unknown as PermissionsOutputs;
    expect(await provider.diff("id", olds, inputs([unknown, "USER", "CAN_USE"]))).toMatchObject({
      changes: false,
    });
    expect(
      await provider.diff("id", olds, { ...inputs(["a@b", "USER", "CAN_USE"]), instanceName: "other" }),
    ).toMatchObject({
      changes: true,
      replaces: ["instanceName"],
    });
  });
});

it("any plan leaves others as they are, and is undone to the beginning", () => {
  const entry = fc.record({
    field: fc.constantFrom("user_name", "group_name") as fc.Arbitrary<PermissionEntry["field"]>,
    principal: fc.constantFrom("a", "b", "c"),
    level: fc.constantFrom("CAN_USE", "CAN_MANAGE"),
  });
  const entries = fc.uniqueArray(entry, { selector: principalKey });
  const sorted = (list: readonly PermissionEntry[]) =>
    list.map(({ principal, field, level }) => `${field} ${principal} ${level}`).sort();
  fc.assert(
    fc.property(entries, entries, entries, (present, first, second) => {
      const one = planPermissions(first, [], present);
      for (const before of present) {
        const after = one.list.find((found) => principalKey(found) === principalKey(before));
        expect(after?.level === before.level || before.level === "CAN_USE").toBe(true);
      }
      expect(planPermissions(first, one.made, one.list)).toMatchObject({ changes: [], removals: [] });
      const two = planPermissions(second, one.made, one.list);
      const none = planPermissions([], two.made, two.list);
      expect(sorted(none.list)).toEqual(sorted(present));
      expect(none.made).toEqual([]);
    }),
  );
});
