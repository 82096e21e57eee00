// The policies in the policy SDK's form: levels, configuration, messages.
import type * as sdk from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { lakebasePolicies, policiesForPack } from "../../policy/index.ts";

type ResourcePolicy = sdk.ResourceValidationPolicy & { validateResource: sdk.ResourceValidation };

function policy(name: string, options?: Parameters<typeof policiesForPack>[0]): ResourcePolicy {
  return policiesForPack(options).find((one) => one.name === name) as ResourcePolicy;
}

function report(name: string, config: object): string[] {
  const said: string[] = [];
  const type = "databricks:index/databaseInstance:DatabaseInstance";
  const args = {
    type,
    name: "o",
    urn: `urn:pulumi:production::shop::${type}::o`,
    props: { name: "orders", capacity: "CU_8" },
    opts: { protect: false },
    getConfig: () => config,
  };
  policy(name).validateResource(args as unknown as sdk.ResourceValidationArgs, (message) =>
    said.push(message),
  );
  return said;
}

test("every policy has a level, a way out and a schema of its settings with defaults", () => {
  const inPulumi = policiesForPack();
  expect(inPulumi.map(({ name }) => name)).toEqual(lakebasePolicies.map(({ name }) => name));
  for (const { enforcementLevel, remediationSteps, configSchema } of inPulumi) {
    expect(enforcementLevel).toMatch(/^(advisory|mandatory)$/);
    expect(remediationSteps).toMatch(/\w{3}/);
    for (const setting of Object.values(configSchema?.properties ?? {})) {
      expect(setting).toMatchObject({
        description: expect.stringMatching(/\.$/),
        default: expect.anything(),
      });
    }
  }
});

describe("messages and configuration", () => {
  test("a violation says what, why and the fix", () => {
    expect(report("lakebase-deletion-protection", {})).toEqual([
      'instance "orders" is not protected; an unprotected instance is deleted with all its data by a rename or by a removed line; ' +
        "fix: leave the component's protection on, or set `protect: true` in the resource options",
    ]);
  });

  test("a setting that is left out has its default, a given one wins", () => {
    expect(report("lakebase-capacity-ceiling", {})).toHaveLength(1);
    expect(report("lakebase-capacity-ceiling", { maximumCapacity: "CU_8" })).toEqual([]);
  });

  test("levels can be changed in the pack, and a name that is none is refused", () => {
    const levels = { "lakebase-verified": "mandatory", "lakebase-required-tags": "disabled" } as const;
    expect(policy("lakebase-verified", { levels }).enforcementLevel).toBe("mandatory");
    expect(policy("lakebase-required-tags", { levels }).enforcementLevel).toBe("disabled");
    expect(() => policiesForPack({ levels: { nonsense: "disabled" } })).toThrow(
      /no policy is named nonsense; allowed: lakebase-deletion-protection/,
    );
  });
});
