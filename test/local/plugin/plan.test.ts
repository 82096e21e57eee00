// Properties of planning that hold for any program: what was deployed is not planned again, nothing given is lost.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromAnswer, inputsOf, keepOwnValues, toBody } from "../../../local/plugin/framework/convert.ts";
import {
  type Attributes,
  type AttributeType,
  allAttributes,
  isInput,
} from "../../../local/plugin/framework/description.ts";
import { makePlan } from "../../../local/plugin/framework/plan.ts";
import { hasUnknown, type Properties, sameValue, type Value } from "../../../local/plugin/protocol/values.ts";
import { DESCRIPTIONS } from "../../../local/plugin/resources/index.ts";

function anyValue(type: AttributeType): fc.Arbitrary<Value> {
  if (type === "string") return fc.string({ minLength: 1, maxLength: 5 });
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") return fc.nat(40);
  if ("list" in type) return fc.array(anyValue(type.list), { minLength: 1, maxLength: 3 });
  return programOf(type.object);
}

/** Any program: required inputs given, others perhaps. */
function programOf(attributes: Attributes): fc.Arbitrary<Properties> {
  const inputs = Object.entries(attributes).filter(
    ([name, each]) => isInput(each) && name !== "providerConfig",
  );
  return fc.record(Object.fromEntries(inputs.map(([name, { type }]) => [name, anyValue(type)])), {
    requiredKeys: inputs.filter(([, { given }]) => given === "required").map(([name]) => name),
  }) as fc.Arbitrary<Properties>;
}

/** What a server that echoes everything makes of a plan. */
function carriedOut(attributes: Attributes, planned: Properties): Properties {
  const state = keepOwnValues(attributes, fromAnswer(attributes, toBody(attributes, planned)), planned);
  return { ...state, providerConfig: { workspaceId: "1" } };
}

describe.each(DESCRIPTIONS.map((description) => [description.terraformName, description] as const))(
  "%s",
  (_, description) => {
    const attributes = allAttributes(description);

    it("plans nothing for what was just deployed, and nothing after an import of it", () => {
      fc.assert(
        fc.property(programOf(attributes), (program) => {
          const state = carriedOut(attributes, makePlan(attributes, null, program).planned);
          expect(hasUnknown(state)).toBe(false);
          expect(makePlan(attributes, state, program).changed).toEqual([]);
          expect(makePlan(attributes, state, inputsOf(attributes, state, null)).changed).toEqual([]);
        }),
      );
    });

    it("plans every value the program gives, for any change, and settles after it", () => {
      fc.assert(
        fc.property(programOf(attributes), programOf(attributes), (before, after) => {
          const state = carriedOut(attributes, makePlan(attributes, null, before).planned);
          const { planned, changed, replaces } = makePlan(attributes, state, after);
          for (const [name, value] of Object.entries(after)) {
            if (typeof attributes[name]!.type === "string") expect(planned[name]).toEqual(value);
          }
          expect(changed.every((name) => !sameValue(planned[name], state[name]))).toBe(true);
          expect(replaces.every((name) => attributes[name]!.replaces === true)).toBe(true);
          if (replaces.length > 0) return;
          const settled = carriedOut(attributes, planned);
          expect(makePlan(attributes, settled, inputsOf(attributes, settled, null)).changed).toEqual([]);
        }),
      );
    });
  },
);
