// Every example's folder: complete, pinned, and fit to be an app.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkAppFolder } from "../../lakebase/app-source/index.ts";
import { exampleFolder } from "./support/folders.ts";

const apps = ["fastapi", "node", "streamlit"];
const binding = { resourceKey: "lakebase", instanceName: "orders", databaseName: "databricks_postgres" };

describe.each([...apps, "psql"])("examples/%s", (example) => {
  const files = readdirSync(exampleFolder(example));

  test("tells how to run it here and against a workspace", () => {
    const readme = readFileSync(join(exampleFolder(example), "README.md"), "utf8");
    expect(readme).toContain("npm run local");
    expect(readme).toContain("## Against a workspace");
    for (const file of readme.matchAll(/`([\w-]+\.(?:py|ts|json|txt|yaml|sh))`/g)) {
      expect(files.concat("ready.json")).toContain(file[1]);
    }
  });
});

test.each(["fastapi", "psql", "streamlit"])("examples/%s pins every Python package", (example) => {
  const requirements = readFileSync(join(exampleFolder(example), "requirements.txt"), "utf8");
  const lines = requirements.trim().split("\n");
  expect(lines.filter((line) => !/^[a-z]+[a-z-]*(\[[a-z]+\])?==\d+(\.\d+)+$/.test(line))).toEqual([]);
});

test.each(apps)("examples/%s agrees with its binding and brings a driver", (example) => {
  expect(checkAppFolder(exampleFolder(example), binding)).toEqual([]);
});
