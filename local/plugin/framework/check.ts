// Checks a program's inputs before anything is planned: names, types, required ones; fills in a generated name.

import { createHash, randomBytes } from "node:crypto";
import { isObject, type Properties, UNKNOWN, type Value } from "../protocol/values.ts";
import { type Attributes, type AttributeType, isInput } from "./description.ts";

/** One thing wrong with the inputs. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** What the engine says about the name to generate. */
export interface NamingRequest {
  resourceName: string;
  randomSeed: Uint8Array;
  /** The engine's own proposal, where the stack configures naming. */
  proposal?: { name: string; forbidden: boolean };
}

/** Every failure of the inputs against their description. */
export function checkInputs(attributes: Attributes, inputs: Properties, path = ""): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const name of Object.keys(inputs)) {
    const attribute = attributes[name];
    if (!attribute || !isInput(attribute)) {
      failures.push({ property: path + name, reason: `unexpected property "${path + name}"` });
    }
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = inputs[name] ?? null;
    if (value !== null && isInput(attribute)) failures.push(...checkType(attribute.type, value, path + name));
    if (value === null && attribute.given === "required") {
      failures.push({ property: path + name, reason: `missing required property "${path + name}"` });
    }
  }
  return failures;
}

function checkType(type: AttributeType, value: Value, path: string): CheckFailure[] {
  if (value === UNKNOWN || value === null) return [];
  if (typeof type === "string") return fits(type, value) ? [] : [wrongType(type, value, path)];
  if ("list" in type) {
    if (!Array.isArray(value)) return [wrongType("list", value, path)];
    return value.flatMap((item, index) => checkType(type.list, item, `${path}[${index}]`));
  }
  return isObject(value) ? checkInputs(type.object, value, `${path}.`) : [wrongType("object", value, path)];
}

function fits(type: string, value: Value): boolean {
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function wrongType(expected: string, value: Value, path: string): CheckFailure {
  const actual = Array.isArray(value) ? "list" : typeof value;
  return { property: path, reason: `expected ${expected} type for "${path}", got ${actual} type` };
}

/** The inputs with a name: the program's, the one it had before, or a new `<resource>-<7 hex digits>`. */
export function withName(inputs: Properties, before: Properties, request: NamingRequest): Properties {
  if ((inputs.name ?? null) !== null) return inputs;
  if (typeof before.name === "string") return { ...inputs, name: before.name };
  if (request.proposal?.forbidden) return inputs;
  return { ...inputs, name: request.proposal?.name || generatedName(request) };
}

function generatedName({ resourceName, randomSeed }: NamingRequest): string {
  const seed = randomSeed.length > 0 ? randomSeed : randomBytes(16);
  const digits = createHash("sha256").update(seed).update(resourceName).digest("hex").slice(0, 7);
  return `${resourceName}-${digits}`;
}
