// Changes that do not stand at the resource that they are about, or not within the words that are shown of it.
import { describe, expect, it } from "vitest";
import { parsePreview, renderText, review } from "../../../review/index.ts";
import { recordingText, reviewOf } from "../support/recordings.ts";

interface Step {
  op: string;
  urn: string;
  oldState?: { inputs: Record<string, unknown> };
  newState?: { inputs: Record<string, unknown> };
}

const rulesOf = ({ changes }: ReturnType<typeof reviewOf>) =>
  changes.flatMap(({ findings }) => findings.map(({ rule }) => rule)).sort();

const settingNames = [
  "capacity",
  "nodeCount",
  "enableReadableSecondaries",
  "enablePgNativeLogin",
  "retentionWindowInDays",
];

const settingsOf = ({ inputs }: { inputs: Record<string, unknown> }) =>
  Object.fromEntries(settingNames.map((name) => [name, inputs[name]]));

/** The recording as it is for a clone or an imported instance: its own resource ignores its settings. */
function throughPowerAlone(name: string) {
  const document = JSON.parse(recordingText(name)) as { steps: Step[] };
  const instance = document.steps.find(({ urn }) => urn.includes(":DatabaseInstance::"));
  const power = document.steps.find(({ urn }) => urn.endsWith(":InstancePower::orders-power"));
  if (!instance?.oldState || !instance.newState || !power?.oldState || !power.newState)
    return expect.unreachable(`${name} has no instance, or no power`);
  power.oldState.inputs.settings = settingsOf(instance.oldState);
  power.newState.inputs.settings = settingsOf(instance.newState);
  instance.op = "same";
  instance.newState.inputs = instance.oldState.inputs;
  return review(parsePreview(JSON.stringify(document)));
}

describe("settings of a clone or an imported instance", () => {
  it.each([
    "instance-resized",
    "instance-shrunk",
    "high-availability-lost",
    "nodes-added",
    "native-login-on",
    "native-login-off",
    "retention-shortened",
    "retention-lengthened",
  ])("%s: mean what they mean for any other", (name) => {
    const usual = reviewOf(name);
    const indirect = throughPowerAlone(name);
    expect(indirect.verdict).toBe(usual.verdict);
    expect(rulesOf(indirect)).toEqual(rulesOf(usual));
    const units = ({ costs }: typeof usual) =>
      costs.map(({ before, after }) => [before.known && before.units, after.known && after.units]);
    expect(units(indirect)).toEqual(units(usual));
  });

  it("are told once where the instance's own change says them", () => {
    const { changes } = reviewOf("instance-resized");
    expect(changes.filter(({ change }) => change.kind === "power")).toEqual([]);
  });
});

describe("access", () => {
  const urn = "urn:pulumi:prod::shop::pulumi-nodejs:dynamic/lakebase:DatabaseAccess::access";
  const access = (last: object) => {
    const schemas = ["sales", "marketing", "support", "finance", "returns"];
    const grants = [...schemas.map((schema) => ({ schema, preset: "reader" })), last];
    const principals = [{ name: "analysts@example.com", type: "USER", grants }];
    return { urn, custom: true, inputs: { instanceName: "orders", databaseName: "app", principals } };
  };
  const changed = (before: object, after: object) =>
    review(
      parsePreview(
        JSON.stringify({
          steps: [{ op: "update", urn, oldState: access(before), newState: access(after) }],
        }),
      ),
    );

  it("is told where it stands behind many other grants", () => {
    const reviewed = changed({ schema: "payroll", preset: "reader" }, { schema: "payroll", preset: "owner" });
    expect(rulesOf(reviewed)).toEqual(["access-given", "access-withdrawn"]);
    expect(reviewed.verdict).toBe("needs-attention");
    expect(renderText(reviewed)).toContain("schema=payroll preset=owner");
  });

  it("is told where its words do not say what differs", () => {
    const grant = { schema: "payroll", preset: "reader" };
    const reviewed = changed(grant, { ...grant, futureTablesOf: ["loader"] });
    expect(rulesOf(reviewed)).toEqual(["access-given", "access-withdrawn"]);
  });
});

it("an instance that is taken in costs what it did", () => {
  const urn = "urn:pulumi:prod::shop::databricks:index/databaseInstance:DatabaseInstance::orders";
  const newState = { urn, custom: true, inputs: { name: "orders", capacity: "CU_4" } };
  const reviewed = review(parsePreview(JSON.stringify({ steps: [{ op: "import", urn, newState }] })));
  expect(reviewed.costs).toEqual([]);
});
