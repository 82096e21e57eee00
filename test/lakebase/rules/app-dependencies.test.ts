// The rule that an app lists a PostgreSQL driver, in each file that can say so.
import { describe, expect, it } from "vitest";
import { type AppDependencies, checkAppDependencies } from "../../../lakebase/rules/index.ts";

const shown = (dependencies: AppDependencies) =>
  checkAppDependencies(dependencies).map(({ path, fix }) => `${path}: ${fix}`);

describe("a driver is found", () => {
  it.each<[AppDependencies]>([
    [{ requirements: ["psycopg[binary]"] }],
    [{ requirements: ["streamlit==1.40", "Psycopg [pool, Binary] >= 3.2 ; python_version > '3'"] }],
    [{ requirements: ["psycopg", "psycopg-binary"] }],
    [{ requirements: ["psycopg2_binary~=2.9"] }],
    [{ requirements: ["asyncpg"] }],
    [{ requirements: ["SQLAlchemy[postgresql_psycopgbinary]"] }],
    [{ pyproject: '[project]\ndependencies = [\n  "fastapi",\n  "psycopg[binary]>=3",\n]\n' }],
    [{ pyproject: '[tool.poetry.dependencies]\npsycopg = { extras = ["binary"], version = "^3" }\n' }],
    [{ pyproject: "[tool.poetry.dependencies]\nasyncpg = '^0.30'\n" }],
    [{ packageJson: { dependencies: { pg: "^8" } } }],
    [{ packageJson: { dependencies: { "pulumi-lakebase": "^0.1" } } }],
    [{ requirements: ["fastapi"], packageJson: { dependencies: { pg: "^8" } } }],
  ])("in %j", (dependencies) => {
    expect(checkAppDependencies(dependencies)).toEqual([]);
  });
});

describe("a driver is missed, with the line to add", () => {
  it.each<[AppDependencies, string]>([
    [{ requirements: [] }, "requirements.txt: add the line: psycopg[binary]"],
    [{ requirements: ["streamlit", "psycopg-pool"] }, "requirements.txt: add the line: psycopg[binary]"],
    [{ requirements: ["psycopg"] }, "requirements.txt: write psycopg[binary] instead"],
    [{ requirements: ["psycopg2>=2.9"] }, "requirements.txt: write psycopg2-binary instead"],
    [
      { pyproject: '[project]\ndependencies = [\n  # "asyncpg",\n]' },
      'pyproject.toml: add to dependencies: "psycopg[binary]"',
    ],
    [{ pyproject: '[project]\ndependencies = ["psycopg"]' }, "pyproject.toml: write psycopg[binary] instead"],
    [
      { requirements: ["flask"], pyproject: "[tool.ruff]\nline-length = 100" },
      "requirements.txt: add the line: psycopg[binary]",
    ],
    [{ packageJson: { dependencies: { express: "^5" } } }, "package.json dependencies: run: npm install pg"],
    [
      { packageJson: { devDependencies: { pg: "^8" } } },
      "package.json dependencies: run: npm install --save-prod pg",
    ],
    [{ packageJson: null, program: "node" }, "package.json dependencies: run: npm install pg"],
    [{ program: "node" }, "package.json dependencies: run: npm install pg"],
    [{ program: "streamlit" }, "requirements.txt: add the line: psycopg[binary]"],
    [{}, "requirements.txt: add the line: psycopg[binary]"],
  ])("in %j", (dependencies, expected) => {
    expect(shown(dependencies)).toEqual([expected]);
  });
});
