// Takes out of a recording what belongs to the machine and the moment it was made on.

type Json = Record<string, unknown>;

const dropped = new Set([
  "sourcePosition",
  "stackTrace",
  "duration",
  "created",
  "modified",
  "propertyDependencies",
]);

/** The digest without places and times, its members in the engine's order. */
export function scrub(value: unknown, replacements: readonly (readonly [string, string])[]): unknown {
  if (typeof value === "string")
    return replacements.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  if (Array.isArray(value)) return value.map((item) => scrub(item, replacements));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Json)
      .filter(([key]) => !dropped.has(key))
      .map(([key, member]) => [key, scrub(member, replacements)]),
  );
}
