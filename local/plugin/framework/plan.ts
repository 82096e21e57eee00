// Plans a create or an update as Terraform's plugin framework does; the unknowns, the sticky values, the perpetual
// updates and the replacements of the official plugin all follow from these few steps.

import { hasUnknown, isObject, type Properties, sameValue, UNKNOWN, type Value } from "../protocol/values.ts";
import { type Attribute, type Attributes, isComputed } from "./description.ts";

/** What an operation would do. */
export interface Plan {
  /** Every attribute, with unknowns where only the server can tell. */
  planned: Properties;
  /** Attributes whose planned value differs from the state. */
  changed: string[];
  /** Attributes that demand a replacement. */
  replaces: string[];
}

/** Plans the change from `prior` (`null`: the resource does not exist yet) to what the program asks for. */
export function makePlan(attributes: Attributes, prior: Properties | null, config: Properties): Plan {
  const proposed = propose(attributes, prior ?? {}, config);
  const nothingToDo = prior !== null && sameValue(proposed, prior);
  const planned: Properties = {};
  const replaces: string[] = [];
  for (const [name, attribute] of Object.entries(attributes)) {
    const before = prior?.[name] ?? null;
    const asked = config[name] ?? null;
    const marked = nothingToDo ? proposed[name]! : markUnknown(attribute, proposed[name]!, asked);
    if (prior === null) {
      planned[name] = marked;
      continue;
    }
    const settled =
      name === "providerConfig" && asked === null
        ? (before ?? UNKNOWN)
        : keepSticky(attribute, marked, before, asked);
    // The framework asks for the replacement before the members of the object get their sticky values back.
    if (attribute.replaces && !sameValue(settled, before)) replaces.push(name);
    planned[name] = keepStickyMembers(attribute, settled, before, asked);
  }
  const changed =
    prior === null ? [] : Object.keys(planned).filter((name) => !sameValue(planned[name], prior[name]));
  return { planned, changed, replaces };
}

/** The program's values over the state's: a computed value that the program leaves out keeps the state's. */
function propose(attributes: Attributes, prior: Properties, config: Properties): Properties {
  const proposed: Properties = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    proposed[name] = proposeOne(attribute, prior[name] ?? null, config[name] ?? null);
  }
  return proposed;
}

function proposeOne(attribute: Attribute, prior: Value, config: Value): Value {
  if (isComputed(attribute) && config === null) return cameFromProgram(attribute, prior) ? null : prior;
  if (typeof attribute.type === "string") return config;
  if ("object" in attribute.type) {
    return isObject(config) ? propose(attribute.type.object, isObject(prior) ? prior : {}, config) : config;
  }
  const item = attribute.type.list;
  if (typeof item === "string" || !("object" in item) || !Array.isArray(config)) return config;
  return config.map((member, index) => {
    const before = itemAt(prior, index);
    return isObject(member) ? propose(item.object, isObject(before) ? before : {}, member) : member;
  });
}

/**
 * A state value with members that only a program can have set must once have been in the program: leaving it out now
 * is a change. This is why tags reported by the server but absent from the program are an update for ever.
 */
function cameFromProgram(attribute: Attribute, prior: Value): boolean {
  if (attribute.given !== "optional or server" || typeof attribute.type === "string") return false;
  const inner = "object" in attribute.type ? attribute.type : attribute.type.list;
  if (typeof inner === "string" || !("object" in inner)) return false;
  const objects: Value[] = Array.isArray(prior) ? prior : [prior];
  return objects.some((value) => isObject(value) && hasOwnChoice(inner.object, value));
}

function hasOwnChoice(members: Attributes, value: Properties): boolean {
  return Object.entries(members).some(
    ([name, member]) => !isComputed(member) && (value[name] ?? null) !== null,
  );
}

/** Once anything changes, every computed value that the program leaves out is up to the server. */
function markUnknown(attribute: Attribute, proposed: Value, config: Value): Value {
  if (isComputed(attribute) && config === null) return UNKNOWN;
  const { type } = attribute;
  if (typeof type === "string") return proposed;
  if ("object" in type) return markMembers(type.object, proposed, config);
  const item = type.list;
  if (typeof item === "string" || !("object" in item) || !Array.isArray(proposed)) return proposed;
  return proposed.map((member, index) => markMembers(item.object, member, itemAt(config, index)));
}

function markMembers(members: Attributes, proposed: Value, config: Value): Value {
  if (!isObject(proposed) || !isObject(config)) return proposed;
  const marked = Object.entries(members).map(([name, member]) => [
    name,
    markUnknown(member, proposed[name] ?? null, config[name] ?? null),
  ]);
  return Object.fromEntries(marked);
}

function itemAt(list: Value, index: number): Value {
  return Array.isArray(list) ? (list[index] ?? null) : null;
}

function keepSticky(attribute: Attribute, planned: Value, before: Value, config: Value): Value {
  return attribute.sticky && planned === UNKNOWN && config !== UNKNOWN ? before : planned;
}

function keepStickyMembers(attribute: Attribute, planned: Value, before: Value, config: Value): Value {
  if (typeof attribute.type === "string" || !("object" in attribute.type)) return planned;
  if (!isObject(planned) || !hasUnknown(planned)) return planned;
  const old = isObject(before) ? before : {};
  const asked = isObject(config) ? config : {};
  const members = Object.entries(attribute.type.object).map(([name, member]) => {
    const value = keepSticky(member, planned[name] ?? null, old[name] ?? null, asked[name] ?? null);
    return [name, keepStickyMembers(member, value, old[name] ?? null, asked[name] ?? null)];
  });
  return Object.fromEntries(members);
}
