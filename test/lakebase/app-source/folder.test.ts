// An app's source folder: read with its includes, checked against the binding, and its app.yaml written.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  appCheck,
  checkAppFolder,
  proposeCommand,
  readAppSource,
  writeAppYaml,
} from "../../../lakebase/app-source/index.ts";
import { describeProblems } from "../../../lakebase/rules/index.ts";

const folders: string[] = [];

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "app-source-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const binding = { resourceKey: "database", otherKeys: [], instanceName: "orders", databaseName: "shop" };
const names = { instanceName: "orders", databaseName: "shop" };
const problems = async (files: Record<string, string>) =>
  checkAppFolder(await folderWith(files), binding).map(({ path, reason }) => `${path}: ${reason}`);
const good = writeAppYaml({ ...names, command: ["streamlit", "run", "app.py"] });

describe("checking", () => {
  it.each<[Record<string, string>]>([
    [{ "app.yaml": good, "app.py": "", "requirements.txt": "psycopg[binary]" }],
    [{ "app.yml": good, "requirements.txt": "-r deps/base.txt", "deps/base.txt": "asyncpg # fast" }],
    [
      {
        "app.yaml": writeAppYaml(names),
        "package.json": '{"scripts":{"start":"node ."},"dependencies":{"pg":"8"}}',
      },
    ],
    [{ "app.yaml": writeAppYaml(names), "main.py": "", "pyproject.toml": 'dependencies = ["asyncpg"]' }],
  ])("finds nothing wrong with %j", async (files) => {
    expect(await problems(files)).toEqual([]);
  });

  it.each<[Record<string, string>, string[]]>([
    [
      {},
      [
        "app.yaml: is missing: the app would not know its instance and database",
        expect.stringMatching(/^app.yaml command: is missing, and there is neither/),
        expect.stringMatching(/^requirements.txt: lists no PostgreSQL driver/),
      ],
    ],
    [
      { "app.yaml": "command: [\nenv: {", "requirements.txt": "asyncpg" },
      [
        expect.stringMatching(/^app.yaml: is not YAML in line 2: /),
        expect.stringMatching(/^app.yaml: is not YAML/),
      ],
    ],
    [{ "app.yaml": good, "package.json": "{" }, ["package.json: is not JSON"]],
    [
      { "app.yaml": good, "requirements.txt": "-r ../secret.txt\n--requirement=gone.txt\nasyncpg" },
      ["requirements.txt: includes a file outside the folder", "gone.txt: cannot be read: ENOENT"],
    ],
    [
      { "app.yaml": good, "requirements.txt": "-r requirements.txt" },
      [expect.stringMatching(/^requirements.txt: lists no PostgreSQL driver/)],
    ],
  ])("finds what is wrong with %j", async (files, expected) => {
    expect(await problems(files)).toEqual(expected);
  });

  it.each([
    ["gone", "does not exist"],
    ["file/app.yaml", "is a file"],
  ])("says that %s %s", async (path, reason) => {
    const folder = await folderWith({ "file/app.yaml": "" });
    expect(checkAppFolder(join(folder, path), binding)).toEqual([
      expect.objectContaining({ path: "sourceFolder", reason }),
    ]);
  });

  it("tells the whole folder's problems in one text, with their fixes", async () => {
    const folder = await folderWith({
      "app.yaml": "command: python app.py\nenv:\n  - {name: LAKEBASE_INSTANCE_NAME, value: old}\n",
      "requirements.txt": "psycopg2\n",
    });
    expect(describeProblems('LakebaseApp "shop"', checkAppFolder(folder, binding))).toMatchInlineSnapshot(`
      "LakebaseApp "shop": 4 problems, nothing was sent to the workspace
        - app.yaml command: is not a list: no shell runs it (given: "python app.py")
            allowed: a list of texts, such as ["streamlit", "run", "app.py"]
            fix: write command: ["python","app.py"]
        - app.yaml env LAKEBASE_INSTANCE_NAME: is not the instance that the app is bound to (given: "old")
            allowed: orders
            fix: write value: orders
        - app.yaml env LAKEBASE_DATABASE_NAME: is missing
            allowed: the name of the database
            fix: add it to env: - name: LAKEBASE_DATABASE_NAME, value: "shop"; or run: npx pulumi-lakebase app-yaml --write
        - requirements.txt: lists psycopg2, which needs PostgreSQL's client library: the platform has none (given: "psycopg2")
            allowed: psycopg[binary], psycopg2-binary, asyncpg, pg8000
            fix: write psycopg2-binary instead"
    `);
  });
});

describe("checking arguments that become known in turn", () => {
  const known = { name: "shop", resourceKey: "database", databaseName: "shop" };

  it("judges the source by what is known, each time", async () => {
    const text = `${good}  - name: WAREHOUSE\n    valueFrom: warehouse\n`;
    const sourceFolder = await folderWith({ "app.yaml": text, "requirements.txt": "asyncpg" });
    const check = appCheck({ sourceFolder, otherResources: "given" });
    const paths = (more: object) => check({ ...known, ...more }).map(({ path }) => path);
    expect(paths({})).toEqual([]);
    expect(paths({ instanceName: "orders" })).toEqual([]);
    expect(paths({ instanceName: "other" })).toEqual(["app.yaml env LAKEBASE_INSTANCE_NAME"]);
    const warehouse = { name: "warehouse", sqlWarehouse: {} };
    expect(paths({ otherResources: [warehouse] })).toEqual([]);
    expect(paths({ otherResources: [{ ...warehouse, name: "w" }] })).toEqual(["app.yaml env WAREHOUSE"]);
    expect(appCheck({ sourceFolder })(known).map(({ path }) => path)).toEqual(["app.yaml env WAREHOUSE"]);
  });

  it("judges the arguments alone without a folder", () => {
    expect(appCheck({})({ ...known, name: "S" }).map(({ path }) => path)).toEqual(["name"]);
  });
});

describe("proposing a command", () => {
  it.each<[Record<string, string>, string[] | undefined]>([
    [{ "app.py": "", "requirements.txt": "streamlit>=1" }, ["streamlit", "run", "app.py"]],
    [
      { "main.py": "", "a.py": "", "requirements.txt": "fastapi" },
      ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "$DATABRICKS_APP_PORT"],
    ],
    [{ "b.py": "", "a.py": "" }, ["python", "a.py"]],
    [{ "package.json": '{"scripts":{"start":"node ."}}', "a.py": "" }, ["npm", "run", "start"]],
    [{ "package.json": "{}", "index.html": "" }, undefined],
  ])("for %j", async (files, expected) => {
    expect(proposeCommand(readAppSource(await folderWith(files)))).toEqual(expected);
  });
});

describe("writing", () => {
  it("makes a whole file, quoting what YAML would read as something else", () => {
    const text = writeAppYaml({ instanceName: "123", databaseName: "no", command: ["python", "app.py"] });
    expect(text).toMatchInlineSnapshot(`
      "command: ["python", "app.py"]
      env:
        - name: LAKEBASE_INSTANCE_NAME
          value: "123"
        - name: LAKEBASE_DATABASE_NAME
          value: "no"
      "
    `);
  });

  it("mends a file, and leaves the rest and its comments alone", () => {
    const existing = `# Our app
command: ["gunicorn", "app:app"] # not streamlit
env:
  # which instance
  - name: LAKEBASE_INSTANCE_NAME
    valueFrom: database
  - name: LOG_LEVEL
    value: debug
`;
    expect(writeAppYaml({ ...names, command: ["python", "app.py"] }, existing)).toMatchInlineSnapshot(`
      "# Our app
      command: ["gunicorn", "app:app"] # not streamlit
      env:
        # which instance
        - name: LAKEBASE_INSTANCE_NAME
          value: "orders"
        - name: LOG_LEVEL
          value: debug
        - name: LAKEBASE_DATABASE_NAME
          value: "shop"
      "
    `);
  });

  it("changes nothing in a correct file", () => {
    expect(writeAppYaml(names, good)).toBe(good);
  });
});
