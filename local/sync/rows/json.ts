// Arrays, maps and structs as JSON text: exact numbers, ISO 8601 times, Base64 for binary.
import type { DeltaType } from "../delta/schema.ts";
import { decimalText, unscaledOf } from "./numeric.ts";

/** Turns a value of the type into JSON text. Text with a NUL character throws {@link NulCharacterError}. */
export type ToJson = (value: unknown) => string;

/** PostgreSQL cannot hold the character U+0000, neither in text nor in JSONB. */
export class NulCharacterError extends Error {}

/** Types that a map may have as keys: those with one obvious text. */
const keyKinds: readonly string[] = [
  "string",
  "long",
  "integer",
  "short",
  "byte",
  "boolean",
  "date",
  "timestamp",
  "timestamp_ntz",
];

/** Whether a map may have keys of the type. */
export const isKeyType = (type: DeltaType): boolean => keyKinds.includes(type.kind);

/** The converter for a type. */
export function jsonConverter(type: DeltaType): ToJson {
  const convert = converterOf(type);
  return (value) => (value === null || value === undefined ? "null" : convert(value));
}

function converterOf(type: DeltaType): ToJson {
  switch (type.kind) {
    case "string":
      return (value) => quote(value as string);
    case "binary":
      return (value) => `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "date":
      return (value) => `"${dateText(Number(value))}"`;
    case "timestamp":
    case "timestamp_ntz":
      return (value) => `"${timestampText(BigInt(value as bigint), type.kind === "timestamp")}"`;
    case "decimal":
      return (value) => decimalText(unscaledOf(value), type.scale);
    case "float":
    case "double":
      // JSON has no NaN and no infinity.
      return (value) => (Number.isFinite(value) ? numberText(value as number) : `"${value}"`);
    case "array": {
      const element = jsonConverter(type.element);
      return (value) => `[${Array.from(value as ArrayLike<unknown>, element).join(",")}]`;
    }
    case "struct": {
      const fields = type.fields.map(
        (field) => [field.name, quote(field.name), jsonConverter(field.type)] as const,
      );
      return (value) => {
        const struct = value as Record<string, unknown>;
        return `{${fields.map(([name, label, convert]) => `${label}:${convert(struct[name])}`).join(",")}}`;
      };
    }
    case "map":
      return mapConverter(type);
    default:
      return (value) => String(value);
  }
}

function mapConverter(type: DeltaType & { kind: "map" }): ToJson {
  const convert = jsonConverter(type.value);
  const label = labelOf(type.key);
  return (value) => {
    const entries = Object.entries(value as Record<string, unknown>);
    return `{${entries.map(([key, content]) => `${quote(label(key))}:${convert(content)}`).join(",")}}`;
  };
}

/** A map's keys arrive as the text of their physical values. */
function labelOf(type: DeltaType): (key: string) => string {
  if (type.kind === "date") return (key) => dateText(Number(key));
  if (type.kind === "timestamp" || type.kind === "timestamp_ntz") {
    return (key) => timestampText(BigInt(key), type.kind === "timestamp");
  }
  return (key) => key;
}

function quote(text: string): string {
  if (text.includes("\0")) throw new NulCharacterError();
  return JSON.stringify(text);
}

/** As Spark writes it: a whole number keeps its `.0`. */
function numberText(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** YYYY-MM-DD */
function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, -14);
}

/** ISO 8601 with microseconds, in UTC for a timestamp with time zone. */
function timestampText(micros: bigint, withZone: boolean): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const text = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, -5);
  return `${text}.${String(fraction).padStart(6, "0")}${withZone ? "Z" : ""}`;
}
