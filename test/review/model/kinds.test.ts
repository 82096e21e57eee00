// Which resources a review knows: all that the components declare.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { kindOf } from "../../../review/model/kinds.ts";

const folder = path.join(import.meta.dirname, "../../../components");
const sources = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));

test("every dynamic resource of the components has a kind", () => {
  const names = sources.flatMap((source) =>
    [...source.matchAll(/super\(\s*"\w+",\s*"(\w+)"/g)].map(([, name]) => name as string),
  );
  expect(names.length).toBeGreaterThanOrEqual(7);
  const unknown = names.filter((name) => kindOf(`pulumi-nodejs:dynamic/lakebase:${name}`).kind === "other");
  expect(unknown).toEqual([]);
});

test("every resource of the official provider that the components declare has a kind", () => {
  const names = sources.flatMap((source) =>
    [...source.matchAll(/new databricks\.(\w+)\(/g)].map(([, name]) => name as string),
  );
  const unknown = names.filter((name) => kindOf(`databricks:index/x:${name}`).kind === "other");
  expect(names.length).toBeGreaterThanOrEqual(5);
  expect(unknown).toEqual([]);
});
