// Whether a synced table that exists is the copy that was asked for.
import { expect, it } from "vitest";
import { isAsked } from "../../components/existing-synced-table-hook.ts";

const asked = {
  sourceTableFullName: "main.gold.orders",
  primaryKeyColumns: ["id", "day"],
  schedulingPolicy: "TRIGGERED",
};
const found = { source: "main.gold.orders", primaryKey: ["id", "day"], policy: "TRIGGERED" };

it.each([
  ["the same", found, true],
  ["the same, of which the service tells a part", { source: found.source }, true],
  ["another source", { ...found, source: "main.gold.refunds" }, false],
  ["the key in another order", { ...found, primaryKey: ["day", "id"] }, false],
  ["another policy", { ...found, policy: "SNAPSHOT" }, false],
  ["one with a timeseries key", { ...found, timeseriesKey: "at" }, false],
])("%s", (_, table, is) => {
  expect(isAsked(table, asked)).toBe(is);
});
