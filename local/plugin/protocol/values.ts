// Property values: from the protocol's structures to plain values and back, with unknowns and secrets told apart.

import { structPb } from "./messages.ts";

/** A value not known before the deployment runs. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A plain property value. `null` is "not set". */
export type Value = null | boolean | number | string | typeof UNKNOWN | Value[] | { [name: string]: Value };

/** A map of property values. */
export type Properties = Record<string, Value>;

/** Property values taken off the wire, with the names of those that were or contained secrets. */
export interface Received {
  properties: Properties;
  secrets: Set<string>;
}

// The markers of Pulumi's wire format: an unknown string (also the general one), boolean, number, list, asset, archive, map.
const UNKNOWN_MARKER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWN_MARKERS = new Set([
  UNKNOWN_MARKER,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Whether the value is an object with named members. */
export function isObject(value: Value | undefined): value is { [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two values are the same, member by member; a missing member is the same as `null`. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  const a = left ?? null;
  const b = right ?? null;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => sameValue(a[name], b[name]));
  }
  return a === b;
}

/** Whether the value is unknown or contains an unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Takes a structure off the wire. */
export function receive(struct: { toJavaScript(): Record<string, unknown> } | undefined): Received {
  const secrets = new Set<string>();
  const properties: Properties = {};
  for (const [name, raw] of Object.entries(struct?.toJavaScript() ?? {})) {
    properties[name] = plain(raw, () => secrets.add(name));
  }
  return { properties, secrets };
}

function plain(raw: unknown, secretFound: () => void): Value {
  if (typeof raw === "string") return UNKNOWN_MARKERS.has(raw) ? UNKNOWN : raw;
  if (typeof raw === "boolean" || typeof raw === "number") return raw;
  if (Array.isArray(raw)) return raw.map((item) => plain(item, secretFound));
  if (typeof raw !== "object" || raw === null) return null;
  const members = raw as Record<string, unknown>;
  if (members[SIGNATURE_KEY] === SECRET_SIGNATURE) {
    secretFound();
    return plain(members.value, secretFound);
  }
  if (members[SIGNATURE_KEY] === OUTPUT_SIGNATURE) {
    if (members.secret === true) secretFound();
    return "value" in members ? plain(members.value, secretFound) : UNKNOWN;
  }
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, plain(value, secretFound)]),
  );
}

/** Puts properties on the wire; those named in `secrets` travel as secrets. */
export function send(properties: Properties, secrets: ReadonlySet<string> = new Set()): structPb.Struct {
  const members: Record<string, structPb.JavaScriptValue> = {};
  for (const [name, value] of Object.entries(properties)) {
    const wire = wireValue(value);
    members[name] =
      secrets.has(name) && value !== null ? { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: wire } : wire;
  }
  return structPb.Struct.fromJavaScript(members);
}

function wireValue(value: Value): structPb.JavaScriptValue {
  if (value === UNKNOWN) return UNKNOWN_MARKER;
  if (Array.isArray(value)) return value.map(wireValue);
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wireValue(member)]));
  }
  return value;
}
