// Power and everything that needs the instance running, with the real engine: a start comes first, a stop comes last,
// and what cannot be done on a stopped instance is refused at preview.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayDelete } from "../support/deletion-ledger.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";
import { ask, reach } from "./support/workspace-control.ts";

const register = (name: string): string =>
  `POST /api/2.0/database/catalogs {"create_database_if_not_exists":true,"database_instance_name":"orders","database_name":"databricks_postgres","name":"${name}"}`;
const unregister = (name: string): string => `DELETE /api/2.0/database/catalogs/${name}? null`;
const power = (stopped: boolean): string =>
  `PATCH /api/2.0/database/instances/orders?update_mask=stopped {"name":"orders","stopped":${stopped}}`;

describe("a database that is stopped and started", () => {
  let stack: StackUnderTest;

  beforeAll(async () => {
    stack = await startStack({ config: { "lakebase:stopped": true } });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("is made, registered, and stopped after that, when it is created stopped", async () => {
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([
      expect.stringMatching(/^POST \/api\/2\.0\/database\/instances /),
      register("operational"),
      power(true),
    ]);
    const { instance, verification } = await stack.exports();
    expect(instance).toMatchObject({ state: "STOPPED", stopped: true });
    expect(verification).toEqual({ outcome: "stopped" });
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("refuses at preview what needs it running while it stays stopped", async () => {
    await stack.configure({ "lakebase:catalogName": "renamed" });
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toContain(
        'instance "orders" is stopped and stays stopped, and this needs it running: catalog ("operational" of database "databricks_postgres" → "renamed" of database "databricks_postgres"); fix: set stopped: false',
      );
      expect(output).not.toMatch(/\n\s+at .*(\.ts|\.js|node:)/);
    }
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("is resized in place while it is stopped, and stays stopped", async () => {
    await stack.configure({ "lakebase:catalogName": "operational", "lakebase:capacity": "CU_2" });
    await stack.succeed("up");
    expect((await stack.changesAsked()).map((line) => line.split("?")[0])).toEqual([
      "PATCH /api/2.0/database/instances/orders",
    ]);
    expect((await stack.exports()).instance).toMatchObject({ state: "STOPPED", capacity: "CU_2" });
  });

  it("starts before what needs it running", async () => {
    await stack.configure({ "lakebase:stopped": false, "lakebase:catalogName": "renamed" });
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([
      power(false),
      unregister("operational"),
      register("renamed"),
    ]);
    const { instance, verification } = await stack.exports();
    expect(instance).toMatchObject({ state: "AVAILABLE", stopped: false });
    expect(verification).toMatchObject({ outcome: "verified" });
  });

  it("stops after what needs it running", async () => {
    await stack.configure({ "lakebase:stopped": true, "lakebase:catalogName": "operational" });
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([unregister("renamed"), register("operational"), power(true)]);
    expect((await stack.exports()).instance).toMatchObject({ state: "STOPPED", stopped: true });
  });

  it("is stopped again when somebody started it", async () => {
    await ask(stack.workspace, "PATCH", "/api/2.0/database/instances/orders?update_mask=stopped", {
      stopped: false,
    });
    await reach(stack.workspace, "orders", "AVAILABLE");
    await stack.changesAsked();
    await stack.succeed("up", "--refresh");
    expect(await stack.changesAsked()).toEqual([power(true)]);
  });

  it("can be torn down while it is stopped", async () => {
    mayDelete("orders");
    await stack.succeed("destroy");
    expect(await stack.changesAsked()).toEqual([
      unregister("operational"),
      "DELETE /api/2.0/database/instances/orders? null",
    ]);
  });
});
