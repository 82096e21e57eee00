// The unit of a number: by its name, or by the quantity that its comment names.

const suffixes: readonly (readonly [RegExp, string])[] = [
  [/(Seconds|^seconds)$/, "seconds"],
  [/(Millis|Ms|^milliseconds)$/, "milliseconds"],
  [/Days$/, "days"],
  [/Gb$/, "GB"],
  [/Bytes$/, "bytes"],
];

const quantities =
  /\b(seconds|milliseconds|days|GB|nodes|rows|connections|capacity units|tables|TCP port|part of|length|dimensions|id of|HTTP status|version|price|how many|number of|least|greatest|spread|milliseconds since|from 0)\b/i;

/** The unit, or empty for a plain count. */
export function unitOf(name: string, comment: string): string {
  const [, unit] = suffixes.find(([suffix]) => suffix.test(name)) ?? [];
  return unit ?? /\b(milliseconds|seconds)\b/i.exec(comment)?.[0].toLowerCase() ?? "";
}

/** Whether one knows what a number counts. */
export function saysWhatItCounts(name: string, comment: string): boolean {
  return unitOf(name, comment) !== "" || quantities.test(comment);
}
