// Identity as a resource: a database is never exchanged silently, and a deletion is waited for.
import { describe, expect, it } from "vitest";
import { type IdentityInputs, identity } from "../../../lakebase/provider/index.ts";
import { type Workspace, WorkspaceError } from "../../../lakebase/workspace/index.ts";

const inputs: IdentityInputs = { instanceName: "orders" };
/** A workspace by its address, with an id of its own. */
const workspaceAt = (host: string, id: string | undefined = `id of ${host}`) =>
  ({ host, workspaceId: async () => id }) as unknown as Workspace;
const home = "https://a.example";
let asked = 0;
const provider = identity(
  undefined,
  async () => {
    asked += 1;
    return workspaceAt(home);
  },
  async () => home,
);

describe("a change that would lose the database", () => {
  const recorded = async () => (await provider.create(inputs)).outs;
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

  it("is refused at preview when the name changes, with the ways to do it deliberately", async () => {
    await expect(
      provider.diff("id", await recorded(), { ...inputs, instanceName: "billing" }),
    ).rejects.toThrow(
      /replaces instance "orders" by "billing".*deleted with its data.*allowReplacementOf: "orders"/s,
    );
  });

  it("is refused when the parent changes under the same name", async () => {
    const clone = { ...(await recorded()), parent: "source at its present state" };
    const news = { ...inputs, parent: "source at 2026-01-31T10:00:00Z" };
    await expect(provider.diff("id", clone, news)).rejects.toThrow(
      /another parent under the same name.*new name/s,
    );
  });

  it("is refused when another instance than this one is allowed", async () => {
    const news = { ...inputs, instanceName: "billing", allowReplacementOf: "billing" };
    await expect(provider.diff("id", await recorded(), news)).rejects.toThrow("replaces instance");
  });

  it("is let through for the instance that is named", async () => {
    const news = { ...inputs, instanceName: "billing", allowReplacementOf: "orders" };
    expect((await provider.diff("id", await recorded(), news)).changes).toBe(true);
  });

  it("is not suspected of a name that a preview does not know, nor shown with a stack", async () => {
    expect((await provider.diff("id", await recorded(), { ...inputs, instanceName: unknown })).changes).toBe(
      false,
    );
    const refusal: Error = await provider.diff("id", await recorded(), { ...inputs, instanceName: "b" }).then(
      () => expect.fail("it must be refused"),
      (error) => error,
    );
    expect(refusal.stack).toBe("");
  });
});

describe("an unchanged identity", () => {
  it("has nothing to do and asks nothing, whatever may be replaced", async () => {
    const { outs } = await provider.create(inputs);
    const before = asked;
    const news = { ...inputs, allowReplacementOf: "orders" };
    expect(await provider.diff("id", outs, news)).toEqual({ changes: false, replaces: [] });
    expect(asked).toBe(before);
  });
});

describe("another address of the workspace", () => {
  const olds = async () => (await provider.create(inputs)).outs;
  const at = (workspace: Workspace | Error) =>
    identity(
      undefined,
      async () => {
        if (workspace instanceof Error) throw workspace;
        return workspace;
      },
      async () => "https://b.example",
    );

  it("is refused when it leads to another workspace, with both named", async () => {
    await expect(at(workspaceAt("https://b.example")).diff("id", await olds(), inputs)).rejects.toThrow(
      /in workspace id of https:\/\/a\.example .*points to workspace id of https:\/\/b\.example .*allowReplacementOf: "orders"/s,
    );
  });

  it("is refused when neither says which workspace it is", async () => {
    const before = { ...(await olds()), workspaceId: "" };
    await expect(at(workspaceAt("https://b.example", "")).diff("id", before, inputs)).rejects.toThrow(
      /in workspace https:\/\/a\.example, and this stack now points to workspace https:\/\/b\.example:/,
    );
  });

  it("is nothing when it leads to the same one", async () => {
    const same = at(workspaceAt("https://b.example", `id of ${home}`));
    expect(await same.diff("id", await olds(), inputs)).toEqual({ changes: false, replaces: [] });
  });

  it("is let through and recorded for the instance that is named", async () => {
    const other = at(workspaceAt("https://b.example"));
    const news = { ...inputs, allowReplacementOf: "orders" };
    expect((await other.diff("id", await olds(), news)).changes).toBe(true);
    expect((await other.update("id", await olds(), news)).outs).toMatchObject({
      seenHost: "https://b.example",
    });
  });

  it("is refused when it cannot be told", async () => {
    await expect(at(new Error("no answer")).diff("id", await olds(), inputs)).rejects.toThrow(
      /whether https:\/\/b\.example is the workspace of instance "orders" cannot be told: no answer/,
    );
  });
});

describe("an instance that is to be adopted", () => {
  const adopting = { ...inputs, adoptExisting: true };
  const answering = (answer: () => Promise<unknown>) =>
    identity(undefined, async () => ({ host: home, getInstance: answer }) as unknown as Workspace);
  const status = (code: number) => async () => {
    throw new WorkspaceError({ status: code, errorCode: "ANY", reason: `answered ${code}`, fix: "look" });
  };

  it("must exist, and a preview says so", async () => {
    const { failures } = await answering(status(404)).check({}, adopting);
    expect(failures).toEqual([
      {
        property: "adoptExisting",
        reason: expect.stringMatching(
          /does not exist in https:\/\/a\.example.*"orders".*fix: correct the name/,
        ),
      },
    ]);
    expect((await answering(async () => ({})).check({}, adopting)).failures).toEqual([]);
  });

  it("is not asked for otherwise, and no answer is no permission", async () => {
    expect((await answering(status(404)).check({}, inputs)).failures).toEqual([]);
    await expect(answering(status(403)).check({}, adopting)).rejects.toThrow(
      /cannot be told: .*answered 403/,
    );
  });
});

describe("deletion", () => {
  /** A workspace in which the instance has one state after the other, and then is gone. */
  const deleting = (states: string[]) => {
    let looks = 0;
    const workspace = {
      host: "https://a.example",
      async getInstance(name: string) {
        const state = states[looks++];
        if (state === undefined)
          throw new WorkspaceError({
            status: 404,
            errorCode: "NOT_FOUND",
            reason: "no such instance",
            fix: "create it",
          });
        return { name, uid: "uid-1", state, childNames: [] };
      },
    } as unknown as Workspace;
    return { provider: identity(undefined, async () => workspace), looks: () => looks };
  };

  it("waits until the service has let go of the name", async () => {
    const { provider, looks } = deleting(["DELETING", "DELETING", "DELETING"]);
    await provider.delete("id", inputs as never);
    expect(looks()).toBe(4);
  });

  it.each([
    ["is gone already", []],
    ["was kept on purpose", ["AVAILABLE"]],
  ])("does not wait when the instance %s", async (_, states) => {
    const { provider, looks } = deleting(states);
    await provider.delete("id", inputs as never);
    expect(looks()).toBe(1);
  });
});
