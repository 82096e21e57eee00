// Between the API's JSON and the state: request bodies out of plans, states out of answers.

import { isObject, type Properties, UNKNOWN, type Value } from "../protocol/values.ts";
import { type Attribute, type Attributes, type AttributeType, apiName, isInput } from "./description.ts";

/** The request body of a plan: what is known and set. Nulls, empty texts and empty lists are left out, `false` and 0 are not. */
export function toBody(attributes: Attributes, planned: Properties): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = attribute.local ? undefined : bodyValue(attribute.type, planned[name] ?? null);
    if (value !== undefined) body[apiName(name)] = value;
  }
  return body;
}

function bodyValue(type: AttributeType, value: Value): unknown {
  if (value === null || value === UNKNOWN || value === "") return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0 || typeof type === "string" || !("list" in type)) return undefined;
    return value.map((item) => bodyValue(type.list, item));
  }
  if (isObject(value))
    return typeof type !== "string" && "object" in type ? toBody(type.object, value) : undefined;
  return value;
}

/** The state an answer describes. Members it does not know are ignored, missing ones are null, an empty list is null. */
export function fromAnswer(attributes: Attributes, answer: Record<string, unknown>): Properties {
  const state: Properties = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    state[name] = attribute.local ? null : stateValue(attribute.type, answer[apiName(name)]);
  }
  return state;
}

function stateValue(type: AttributeType, raw: unknown): Value {
  if (raw === null || raw === undefined) return null;
  if (typeof type === "string") return raw as Value;
  if ("list" in type) {
    return Array.isArray(raw) && raw.length > 0 ? raw.map((item) => stateValue(type.list, item)) : null;
  }
  return typeof raw === "object" ? fromAnswer(type.object, raw as Record<string, unknown>) : null;
}

/** Puts back what the server does not return: input-only values, local ones, and the program's empty lists. */
export function keepOwnValues(attributes: Attributes, state: Properties, own: Properties): Properties {
  const kept = { ...state };
  for (const [name, attribute] of Object.entries(attributes)) {
    kept[name] = keepOwnValue(attribute, state[name] ?? null, own[name] ?? null);
  }
  return kept;
}

function keepOwnValue(attribute: Attribute, state: Value, own: Value): Value {
  if (own === null || own === UNKNOWN) return state;
  if (attribute.inputOnly || attribute.local) return own;
  if (Array.isArray(own) && own.length === 0 && state === null) return attribute.losesEmptyList ? null : own;
  const { type } = attribute;
  if (typeof type === "string" || !("object" in type) || !isObject(state) || !isObject(own)) return state;
  return keepOwnValues(type.object, state, own);
}

/**
 * The inputs that go with a state: on import everything a program could have set, on refresh only what the program did
 * set, so that values filled in by the server do not turn into inputs.
 */
export function inputsOf(attributes: Attributes, state: Properties, known: Properties | null): Properties {
  const inputs: Properties = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = state[name] ?? null;
    if (value === null || !isInput(attribute) || (known !== null && (known[name] ?? null) === null)) continue;
    inputs[name] = inputValue(attribute.type, value, known === null ? null : known[name]!);
  }
  return inputs;
}

function inputValue(type: AttributeType, value: Value, known: Value): Value {
  if (typeof type === "string") return value;
  if ("object" in type) {
    return isObject(value) ? inputsOf(type.object, value, isObject(known) ? known : null) : value;
  }
  if (!Array.isArray(value)) return value;
  return value.map((item, index) =>
    inputValue(type.list, item, Array.isArray(known) ? (known[index] ?? null) : null),
  );
}
