// The rooms of docs/architecture.md and who may import whom, looked up in the sources, types included.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { PROJECT_DIR } from "../../tools/project.ts";

const lakebase = ["access", "app-source", "connection", "provider", "rules", "synced-table", "workspace"];
const allowed: Record<string, readonly string[]> = {
  "lakebase/rules": [],
  "lakebase/workspace": ["lakebase/rules"],
  "lakebase/access": ["lakebase/rules"],
  "lakebase/app-source": ["lakebase/rules"],
  "lakebase/synced-table": ["lakebase/access", "lakebase/rules"],
  "lakebase/connection": ["lakebase/access", "lakebase/rules", "lakebase/workspace"],
  "lakebase/provider": lakebase.map((room) => `lakebase/${room}`),
  components: lakebase.map((room) => `lakebase/${room}`),
  client: ["lakebase/connection", "lakebase/rules", "lakebase/workspace"],
  policy: ["lakebase/rules"],
  review: ["lakebase/rules"],
  status: lakebase.map((room) => `lakebase/${room}`),
  bin: ["client", "review", "status", ...lakebase.map((room) => `lakebase/${room}`)],
};

const files = globSync("{bin,client,components,lakebase,policy,review,status}/**/*.ts", { cwd: PROJECT_DIR });
const source = (file: string) => readFileSync(path.join(PROJECT_DIR, file), "utf8");
const importsOf = new Map(
  files.map((file) => [
    file,
    [...source(file).matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, to = ""]) =>
      path.join(path.dirname(file), to),
    ),
  ]),
);

function roomOf(file: string): string {
  const [first = "", second = ""] = file.split(path.sep);
  return first === "lakebase" ? `${first}/${second}` : first;
}

it("rooms import only those that the arrows lead to", () => {
  expect(files.length).toBeGreaterThan(150);
  const against = [...importsOf].flatMap(([file, targets]) =>
    targets
      .filter((to) => roomOf(to) !== roomOf(file) && allowed[roomOf(file)]?.includes(roomOf(to)) !== true)
      .map((to) => `${file} imports ${to}`),
  );
  expect(against).toEqual([]);
});

it("only components import Pulumi, and policies its policy SDK", () => {
  const importing = files.filter((file) => /\b(?:from|import)\s*\(?\s*"@pulumi\//.test(source(file)));
  expect([...new Set(importing.map(roomOf))].sort()).toEqual(["components", "policy"]);
});

it("no files import each other in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (way.includes(file) || done.has(file)) return;
    for (const to of importsOf.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
