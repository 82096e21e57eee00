// The official provider's traps that the components are safe from by not declaring the resource at all.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "../../components");

describe("resources of the official provider", () => {
  it("a secret or ACL whose rotation deletes it, Grants that strip everyone else: none of them is declared", async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
    const modules = texts.flatMap((text) =>
      [...text.matchAll(/^import \* as \w+ from "@pulumi\/databricks([^"]*)"/gm)].map(([, module]) => module),
    );
    expect([...new Set(modules)].sort()).toEqual([
      "/app.js",
      "/databaseDatabaseCatalog.js",
      "/databaseInstance.js",
      "/databaseSyncedDatabaseTable.js",
      "/job.js",
    ]);
    // Nothing else of it is used but types.
    const others = texts.flatMap(
      (text) => text.match(/^import (?!type|\* as).*@pulumi\/databricks.*$/gm) ?? [],
    );
    expect(others).toEqual([]);
  });
});
