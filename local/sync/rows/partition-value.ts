// Values of partition columns: the log holds them as text, no data file has them.
import type { DeltaType } from "../delta/schema.ts";
import { SyncError } from "../sync-error.ts";

/** The physical value, as a Parquet file would hold it; null for NULL, which is also written as empty text. */
export function partitionValue(type: DeltaType, text: string | null | undefined, column: string): unknown {
  if (text === null || text === undefined || text === "") return null;
  const value = parse(type, text);
  if (value !== undefined) return value;
  throw new SyncError(
    `the value ${JSON.stringify(text)} of partition column ${column} is not a valid ${type.kind}`,
  );
}

function parse(type: DeltaType, text: string): unknown {
  switch (type.kind) {
    case "string":
    case "binary":
      return new TextEncoder().encode(text);
    case "long":
      return /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
    case "integer":
    case "short":
    case "byte":
      return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
    case "float":
    case "double":
      return floating(text);
    case "boolean":
      return { true: true, false: false }[text.toLowerCase()];
    case "date":
      return days(text);
    case "timestamp":
    case "timestamp_ntz":
      return micros(text);
    case "decimal":
      return unscaled(text, type.scale);
    default:
      return undefined;
  }
}

function floating(text: string): number | undefined {
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function days(text: string): number | undefined {
  const time = /^\d{4,}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time / 86_400_000;
}

/** `2024-01-31 12:30:00.123456`, or ISO 8601 in UTC. */
function micros(text: string): bigint | undefined {
  const found = /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z|\+00:?00)?$/.exec(text);
  if (!found) return undefined;
  const [, date, time, fraction = ""] = found;
  const seconds = Date.parse(`${date}T${time}Z`);
  return Number.isNaN(seconds) ? undefined : BigInt(seconds) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function unscaled(text: string, scale: number): bigint | undefined {
  const found = /^([+-]?\d+)(?:\.(\d+))?$/.exec(text);
  if (!found || (found[2]?.length ?? 0) > scale) return undefined;
  return BigInt(`${found[1]}${(found[2] ?? "").padEnd(scale, "0")}`);
}
