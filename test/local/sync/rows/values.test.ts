// Values as PostgreSQL takes them: decimals in its binary form, text of partition columns, JSON.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeltaType } from "../../../../local/sync/delta/schema.ts";
import { jsonConverter, NulCharacterError } from "../../../../local/sync/rows/json.ts";
import { decimalText, unscaledOf, writeNumeric } from "../../../../local/sync/rows/numeric.ts";
import { partitionValue } from "../../../../local/sync/rows/partition-value.ts";
import { ByteWriter } from "../../../../local/sync/rows/writer.ts";

/** Reads PostgreSQL's binary numeric, by its documented layout. */
function readNumeric(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const count = view.getInt16(4);
  const weight = view.getInt16(6);
  const scale = view.getInt16(10);
  expect(view.getInt32(0)).toBe(8 + 2 * count);
  let value = 0n;
  for (let group = 0; group < count; group++) value = value * 10_000n + BigInt(view.getInt16(12 + 2 * group));
  // The last group stands for 10000^(weight - count + 1); brought to the scale it must be whole.
  const exponent = 4 * (weight - count + 1) + scale;
  const unscaled = exponent >= 0 ? value * 10n ** BigInt(exponent) : value / 10n ** BigInt(-exponent);
  return decimalText(view.getInt16(8) === 0x4000 ? -unscaled : unscaled, scale);
}

describe("decimals", () => {
  test("are what they were, whatever their size and scale, as numbers and as bytes", () => {
    const digits = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n });
    fc.assert(
      fc.property(digits, fc.nat(38), fc.nat(37), (large, cut, scale) => {
        const unscaled = large / 10n ** BigInt(cut);
        const writer = new ByteWriter(1);
        writeNumeric(writer, unscaled, scale);
        expect(readNumeric(writer.written())).toBe(decimalText(unscaled, scale));
        const bytes = Buffer.from(BigInt.asUintN(128, unscaled).toString(16).padStart(32, "0"), "hex");
        expect(BigInt(unscaledOf(new Uint8Array(bytes)))).toBe(unscaled);
        if (Math.abs(Number(unscaled)) < 2 ** 31) {
          const small = new ByteWriter(1);
          writeNumeric(small, Number(unscaled), scale);
          expect([...small.written()]).toEqual([...writer.written()]);
        }
      }),
    );
  });
});

describe("partition values", () => {
  const decimal = { kind: "decimal", precision: 10, scale: 2 } as const;
  test.each<[DeltaType, string, unknown]>([
    [{ kind: "long" }, "-9223372036854775808", -(2n ** 63n)],
    [{ kind: "integer" }, "42", 42],
    [{ kind: "double" }, "1.5E10", 1.5e10],
    [{ kind: "double" }, "-Infinity", Number.NEGATIVE_INFINITY],
    [{ kind: "boolean" }, "TRUE", true],
    [{ kind: "date" }, "1970-01-02", 1],
    [{ kind: "timestamp" }, "1970-01-01 00:00:01.5", 1_500_000n],
    [{ kind: "timestamp" }, "1970-01-01T00:00:01.000001Z", 1_000_001n],
    [decimal, "-12.3", -1230n],
    [decimal, "-0.05", -5n],
    [{ kind: "string" }, "", null],
  ])("%o %s", (type, text, value) => {
    expect(partitionValue(type, text, "c")).toEqual(value);
  });

  test.each<[DeltaType, string]>([
    [{ kind: "long" }, "1.5"],
    [{ kind: "date" }, "2024-13-01"],
    [{ kind: "date" }, "yesterday"],
    [{ kind: "boolean" }, "yes"],
    [{ kind: "timestamp" }, "12:00"],
    [{ kind: "decimal", precision: 10, scale: 2 }, "1.234"],
    [{ kind: "double" }, "x"],
  ])("refuses %o %s with its column", (type, text) => {
    expect(() => partitionValue(type, text, "region")).toThrow(`"${text}" of partition column region`);
  });
});

describe("JSON", () => {
  const struct = (kind: DeltaType): DeltaType => ({
    kind: "struct",
    fields: [{ name: "v", type: kind, nullable: true }],
  });
  test.each<[DeltaType, unknown, string]>([
    [struct({ kind: "long" }), { v: 2n ** 63n - 1n }, '{"v":9223372036854775807}'],
    [struct({ kind: "double" }), { v: -0 }, '{"v":-0.0}'],
    [struct({ kind: "double" }), { v: 3 }, '{"v":3.0}'],
    [struct({ kind: "double" }), { v: Number.NaN }, '{"v":"NaN"}'],
    [struct({ kind: "timestamp" }), { v: -1n }, '{"v":"1969-12-31T23:59:59.999999Z"}'],
    [struct({ kind: "timestamp_ntz" }), { v: 0n }, '{"v":"1970-01-01T00:00:00.000000"}'],
    [struct({ kind: "string" }), {}, '{"v":null}'],
    [{ kind: "array", element: { kind: "binary" } }, [new Uint8Array([0, 255])], '["AP8="]'],
    [{ kind: "map", key: { kind: "date" }, value: { kind: "integer" } }, { 0: 1 }, '{"1970-01-01":1}'],
  ])("%o", (type, value, text) => {
    expect(jsonConverter(type)(value)).toBe(text);
  });

  test("has no place for NUL", () => {
    expect(() => jsonConverter({ kind: "array", element: { kind: "string" } })(["a\0"])).toThrow(
      NulCharacterError,
    );
  });
});
