// Rules of a Unity Catalog registration.
import { describe, expect, it } from "vitest";
import { type CatalogSpecification, checkCatalog } from "../../../lakebase/rules/index.ts";

const good = { name: "operational", instanceName: "orders", databaseName: "databricks_postgres" };

describe("a registration's arguments", () => {
  it.each<[string, CatalogSpecification]>([
    ["the usual", {}],
    ["hyphens and digits", { name: "orders-2026" }],
    ["another script", { name: "bestellungen_köln" }],
    ["a database with spaces", { databaseName: "my data" }],
    ["creating the database", { createDatabaseIfNotExists: true }],
  ])("accepts %s", (_, specification) => {
    expect(checkCatalog({ ...good, ...specification })).toEqual([]);
  });

  it.each<[string, CatalogSpecification, string]>([
    ["a catalog with its schema", { name: "analytics.gold" }, "name"],
    ["a catalog with a slash", { name: "a/b" }, "name"],
    ["a catalog with a space", { name: "a b" }, "name"],
    ["an empty catalog", { name: "" }, "name"],
    ["a catalog that is too long", { name: "a".repeat(256) }, "name"],
    ["a catalog that is an object", { name: {} }, "name"],
    ["a bad instance name", { instanceName: "my_db" }, "instanceName"],
    ["an empty database", { databaseName: "" }, "databaseName"],
    ["a database longer than PostgreSQL keeps", { databaseName: "ü".repeat(32) }, "databaseName"],
    ["a database with NUL", { databaseName: "a\0b" }, "databaseName"],
    ["a template of PostgreSQL's", { databaseName: "template1" }, "databaseName"],
    ["a flag as a text", { createDatabaseIfNotExists: "yes" }, "createDatabaseIfNotExists"],
  ])("refuses %s", (_, specification, path) => {
    const problems = checkCatalog({ ...good, ...specification });
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    for (const problem of problems)
      expect(problem).toMatchObject({ allowed: expect.any(String), fix: expect.any(String) });
  });

  it("says that a catalog is not catalog.schema", () => {
    expect(checkCatalog({ name: "analytics.gold" })[0]?.reason).toContain("not catalog.schema");
  });
});
