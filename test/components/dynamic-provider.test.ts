// The serialised shells in Pulumi's own provider process: they find their logic, and keep secrets to themselves.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { providerText } from "../../components/dynamic-shell.ts";
import { startDynamicProvider } from "./support/dynamic-provider.ts";

const projectRoot = join(import.meta.dirname, "../..");
const changes = { unknown: 0, none: 1, some: 2 };
const secret = "dapi-a-token-that-must-not-rest";
/** Nothing listens there: the discard port of loopback. */
const deadHost = "http://127.0.0.1:9";

const withConnectivity = (inputs: object) => ({ ...inputs, __provider: providerText("connectivity") });
const withPower = (inputs: object) => ({ ...inputs, __provider: providerText("power") });
let consumer: string;

beforeAll(async () => {
  // A program of somebody's own, which has the package in its node_modules.
  consumer = await mkdtemp(join(tmpdir(), "lakebase-consumer-"));
  await mkdir(join(consumer, "node_modules"));
  await symlink(projectRoot, join(consumer, "node_modules/pulumi-lakebase"));
  await writeFile(join(consumer, "package.json"), '{"name":"consumer"}');
});

afterAll(async () => {
  await rm(consumer, { recursive: true, force: true });
});

const inputs = { instanceName: "orders", databaseName: "databricks_postgres", stopped: true };

describe.each([
  ["in this project", () => projectRoot],
  ["in a project that has the package installed", () => consumer],
])("the provider process %s", (_, folder) => {
  it("loads the check and runs it", async () => {
    await using provider = await startDynamicProvider(folder());
    const { id, properties } = await provider.create(withConnectivity(inputs));
    expect(id).toMatch(/^connectivity-/);
    expect(properties).toMatchObject({ ...inputs, outcome: "stopped" });
    expect(await provider.diff(properties, withConnectivity(inputs))).toEqual({
      changes: changes.none,
      replaces: [],
    });
    expect(await provider.diff(properties, withConnectivity({ ...inputs, stopped: false }))).toEqual({
      changes: changes.some,
      replaces: [],
    });
    const { properties: seen } = await provider.read(id, properties);
    expect(seen).toEqual(properties);
  });
});

describe("the provider process", () => {
  it("runs what an earlier release has written into a state, and sees no change in the text", async () => {
    const file = join(import.meta.dirname, "support/earlier-shell.txt");
    const earlier = { ...inputs, __provider: await readFile(file, "utf8") };
    await using provider = await startDynamicProvider(projectRoot);
    const { id, properties } = await provider.create(earlier);
    expect(properties).toMatchObject({ ...inputs, outcome: "stopped" });
    expect((await provider.read(id, properties)).properties).toEqual(properties);
    expect(await provider.diff(properties, withConnectivity(inputs))).toEqual({
      changes: changes.none,
      replaces: [],
    });
  });

  it("tells all problems of the inputs at once", async () => {
    await using provider = await startDynamicProvider(projectRoot);
    const { failures } = await provider.check(
      withConnectivity({ instanceName: "my_db", databaseName: "", port: 0 }),
    );
    expect(failures.map(({ property }) => property)).toEqual(["instanceName", "databaseName", "port"]);
  });

  it.each([
    ["connectivity", () => withConnectivity({ ...inputs, stopped: false })],
    ["power", () => withPower({ instanceName: "orders", stopped: false })],
  ])(
    "reports an unreachable workspace from %s with its address, without a stack or a secret",
    async (_, properties) => {
      await using provider = await startDynamicProvider(projectRoot, {
        DATABRICKS_HOST: "",
        DATABRICKS_TOKEN: "",
      });
      await provider.configure({ "databricks:host": deadHost, "databricks:token": secret });
      const failure: { details: string; metadata: { getMap(): unknown } } = await provider
        .create(properties())
        .then(
          () => expect.fail("the check must not succeed"),
          (error) => error,
        );
      expect(failure.details).toContain(deadHost);
      expect(failure.details).not.toMatch(/\n\s+at /);
      expect(
        `${failure.details}${JSON.stringify(failure)}${String(failure.metadata.getMap())}`,
      ).not.toContain(secret);
    },
  );
});
