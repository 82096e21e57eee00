// Price tables: read, or refused with every problem.
import { expect, test } from "vitest";
import { PriceTableError, parsePriceTable } from "../../../review/index.ts";

test("a table is read", () => {
  const table = { currency: "EUR", asOf: "2026-01-31", perHour: { CU_1: 0.5 } };
  expect(parsePriceTable(JSON.stringify(table))).toEqual(table);
});

test("every problem at once", () => {
  const table = { currency: "", asOf: "31.1.2026", source: 3, perHour: { CU_3: 1, CU_1: -1 } };
  const attempt = () => parsePriceTable(JSON.stringify(table));
  expect(attempt).toThrow(PriceTableError);
  for (const part of [
    /currency: .*"USD"/,
    /asOf: .*2026-01-31/,
    /source: /,
    /perHour\.CU_3: .*allowed: CU_1/,
    /perHour\.CU_1: is not a price/,
  ]) {
    expect(attempt).toThrow(part);
  }
});

test.each(["", "[]", "null", '"x"'])("%j is refused", (text) => {
  expect(() => parsePriceTable(text)).toThrow(PriceTableError);
});
