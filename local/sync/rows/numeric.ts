// Decimals in PostgreSQL's binary form: groups of four digits around the decimal point.
import type { ByteWriter } from "./writer.ts";

const base = 10_000;
const positive = 0x0000;
const negative = 0x4000;
/** Up to here a number holds the value exactly, also after it is multiplied to whole groups. */
const largestFast = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
const groups: number[] = [];

/** Writes `unscaled` × 10^-scale as a field: length, group count, weight, sign, scale, groups. */
export function writeNumeric(writer: ByteWriter, unscaled: number | bigint, scale: number): void {
  const missing = (4 - (scale % 4)) % 4;
  const fractionGroups = (scale + missing) / 4;
  groups.length = 0;
  const isNegative = unscaled < 0;
  if (typeof unscaled === "bigint" && (unscaled > largestFast || unscaled < -largestFast)) {
    let rest = (isNegative ? -unscaled : unscaled) * 10n ** BigInt(missing);
    for (; rest > 0n; rest /= 10_000n) groups.push(Number(rest % 10_000n));
  } else {
    let rest = Math.abs(Number(unscaled)) * 10 ** missing;
    for (; rest > 0; rest = Math.floor(rest / base)) groups.push(rest % base);
  }
  const count = groups.length;
  writer.reserve(12 + 2 * count);
  writer.int32(8 + 2 * count);
  writer.int16(count);
  writer.int16(count - fractionGroups - 1);
  writer.int16(isNegative ? negative : positive);
  writer.int16(scale);
  for (let index = count - 1; index >= 0; index--) writer.int16(groups[index] as number);
}

/** The unscaled value of a decimal as Parquet stores it: an integer, or big-endian bytes in two's complement. */
export function unscaledOf(value: unknown): number | bigint {
  if (!(value instanceof Uint8Array)) return value as number | bigint;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  let result = BigInt(value.length > 0 ? view.getInt8(0) : 0);
  let index = 1;
  for (; index + 4 <= value.length; index += 4) result = (result << 32n) | BigInt(view.getUint32(index));
  for (; index < value.length; index++) result = (result << 8n) | BigInt(view.getUint8(index));
  return result;
}

/** The decimal as text, with all its fraction digits. */
export function decimalText(unscaled: number | bigint, scale: number): string {
  const sign = unscaled < 0 ? "-" : "";
  const digits = String(unscaled)
    .replace("-", "")
    .padStart(scale + 1, "0");
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
