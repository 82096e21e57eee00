// Takes out of a recording what belongs to the machine and the moment it was made on, and the product's own source.

type Json = Record<string, unknown>;

const dropped = new Set([
  "sourcePosition",
  "stackTrace",
  "duration",
  "created",
  "modified",
  "propertyDependencies",
]);

/** The source of a dynamic provider, which would make every recording another one whenever it changes. */
const source = "exports.handler = (left out)";

/** The digest without places, times and source. */
export function scrub(value: unknown, replacements: readonly (readonly [string, string])[]): unknown {
  if (typeof value === "string")
    return replacements.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  if (Array.isArray(value)) return value.map((item) => scrub(item, replacements));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Json)
      .filter(([key]) => !dropped.has(key))
      .map(([key, member]) => [key, key === "__provider" ? source : scrub(member, replacements)]),
  );
}

/**
 * The digest with its steps, and what each resource depends on, by resource: the engine's order of what does not
 * depend on each other is another one each time. The steps of one resource keep theirs.
 */
export function inFixedOrder<Digest extends { steps: { urn: string }[] }>(digest: Digest): Digest {
  const steps = digest.steps.toSorted((left, right) =>
    left.urn < right.urn ? -1 : left.urn > right.urn ? 1 : 0,
  );
  const sorted = (key: string, value: unknown) =>
    key === "dependencies" && Array.isArray(value) ? value.toSorted() : value;
  return JSON.parse(JSON.stringify({ ...digest, steps }), sorted) as Digest;
}
