// Capacity tiers: what the service sells, and what a mistaken value most likely meant.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  capacityTiers,
  checkCapacity,
  isCapacity,
  memoryGbOf,
  suggestCapacity,
} from "../../../lakebase/rules/index.ts";

describe("capacity tiers", () => {
  it.each([
    ["CU_1", 16],
    ["CU_2", 32],
    ["CU_4", 64],
    ["CU_8", 128],
  ])("%s holds %d GB", (capacity, memoryGb) => {
    expect(memoryGbOf(capacity)).toBe(memoryGb);
    expect(checkCapacity("capacity", capacity)).toEqual([]);
  });

  it("has no other tier", () => {
    expect(capacityTiers).toHaveLength(4);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        fc.pre(!["CU_1", "CU_2", "CU_4", "CU_8"].includes(value as string));
        expect(isCapacity(value)).toBe(false);
        expect(checkCapacity("capacity", value)).toHaveLength(1);
      }),
    );
  });

  it.each([
    ["cu_2", "CU_2"],
    ["CU-4", "CU_4"],
    ["CU_3", "CU_4"],
    [2, "CU_2"],
    ["16 GB", "CU_1"],
    ["33GB", "CU_4"],
    [128, "CU_8"],
    ["16", "CU_1"],
    ["CU_16", undefined],
    ["500 GB", undefined],
    ["large", undefined],
    [null, undefined],
  ])("suggests for %j: %j", (value, suggestion) => {
    expect(suggestCapacity(value)).toBe(suggestion);
  });

  it("says the value, what is allowed and the fix", () => {
    expect(checkCapacity("capacity", "CU_3")).toEqual([
      {
        path: "capacity",
        reason: "is not a capacity tier",
        value: "CU_3",
        allowed: "CU_1 (16 GB), CU_2 (32 GB), CU_4 (64 GB), CU_8 (128 GB)",
        fix: 'use "CU_4"',
      },
    ]);
  });
});
