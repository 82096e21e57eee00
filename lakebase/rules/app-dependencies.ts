// Rule of an app's dependencies: none of the platform's images has a PostgreSQL driver, so the app must list one.
import type { Problem } from "./problems.ts";

/** What an app says it needs; a member is missing where its file is. */
export interface AppDependencies {
  /** Lines of requirements.txt, with those of the files that it includes. */
  requirements?: readonly string[];
  /** Text of pyproject.toml. */
  pyproject?: string;
  /** Content of package.json. */
  packageJson?: unknown;
  /** First word of the app's command, to tell the language where no file does. */
  program?: string;
}

/** A Python package with its extras, both normalised. */
interface Requirement {
  name: string;
  extras: string[];
}

const nodeDrivers = [
  "pg",
  "postgres",
  "pg-promise",
  "slonik",
  "pulumi-lakebase",
  "@databricks/lakebase",
  "@prisma/adapter-pg",
];
const pythonDrivers = ["asyncpg", "pg8000", "psycopg-binary", "psycopg-c", "psycopg2-binary"];
/** Extras that bring a driver along. */
const driverExtras: Readonly<Record<string, readonly string[]>> = {
  psycopg: ["binary", "c"],
  sqlalchemy: [
    "postgresql-asyncpg",
    "postgresql-pg8000",
    "postgresql-psycopg2binary",
    "postgresql-psycopgbinary",
  ],
};
/** What is to be listed instead of a driver that wants a PostgreSQL client library of the machine. */
const withoutLibrary: Readonly<Record<string, string>> = {
  psycopg: "psycopg[binary]",
  psycopg2: "psycopg2-binary",
};
const anyPython = "psycopg[binary], psycopg2-binary, asyncpg, pg8000";

/** The problem that no driver is listed, with the line to add. */
export function checkAppDependencies(dependencies: AppDependencies): Problem[] {
  const { requirements, pyproject, packageJson } = dependencies;
  const python = [...(requirements ?? []).flatMap(parseRequirement), ...requirementsOfProject(pyproject)];
  if (python.some(isDriver) || nodeNames(packageJson, "dependencies").some(isNodeDriver)) return [];
  const incomplete = python.find(({ name }) => withoutLibrary[name] !== undefined);
  // Where both are there, requirements.txt is what the platform installs from.
  const path = requirements === undefined && pyproject !== undefined ? "pyproject.toml" : "requirements.txt";
  if (incomplete !== undefined) {
    const wanted = withoutLibrary[incomplete.name] ?? "";
    const reason = `lists ${incomplete.name}, which needs PostgreSQL's client library: the platform has none`;
    return [{ path, reason, value: incomplete.name, allowed: anyPython, fix: `write ${wanted} instead` }];
  }
  return isNode(dependencies) ? [nodeProblem(packageJson)] : [pythonProblem(path)];
}

function pythonProblem(path: string): Problem {
  const fix =
    path === "pyproject.toml" ? 'add to dependencies: "psycopg[binary]"' : "add the line: psycopg[binary]";
  return {
    path,
    reason: "lists no PostgreSQL driver: none is installed by itself, and the app would end at its import",
    allowed: anyPython,
    fix,
  };
}

function nodeProblem(packageJson: unknown): Problem {
  const development = nodeNames(packageJson, "devDependencies").find(isNodeDriver);
  const path = "package.json dependencies";
  const allowed = nodeDrivers.join(", ");
  if (development !== undefined) {
    const reason = `lack ${development}, which only devDependencies list`;
    return { path, reason, allowed, fix: `run: npm install --save-prod ${development}` };
  }
  return { path, reason: "list no PostgreSQL driver", allowed, fix: "run: npm install pg" };
}

function isNode({ requirements, pyproject, packageJson, program }: AppDependencies): boolean {
  if (packageJson !== undefined) return requirements === undefined && pyproject === undefined;
  return (
    requirements === undefined && pyproject === undefined && /^(node|npm|npx|pnpm|yarn)$/.test(program ?? "")
  );
}

/** The package that a line of requirements.txt, or an entry of a list of dependencies, names. */
function parseRequirement(line: string): Requirement[] {
  const match = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?/.exec(line);
  if (match === null) return [];
  const extras = (match[2] ?? "")
    .split(",")
    .map(normalise)
    .filter((extra) => extra !== "");
  return [{ name: normalise(match[1] ?? ""), extras }];
}

/**
 * Looks for packages without reading all of TOML: in every quoted text, as in PEP 621's lists, and in every key with
 * its extras, as Poetry writes them. It errs towards finding a driver, never towards missing one.
 */
function requirementsOfProject(text: string | undefined): Requirement[] {
  if (text === undefined) return [];
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
  const quoted = [...lines.join("\n").matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(
    ([, double, single]) => double ?? single ?? "",
  );
  const keys = lines.flatMap((line) => {
    const match = /^\s*"?([A-Za-z0-9][A-Za-z0-9._-]*)"?\s*=/.exec(line);
    if (match === null) return [];
    const extras = /extras\s*=\s*\[([^\]]*)\]/.exec(line)?.[1]?.replace(/["']/g, "") ?? "";
    return [`${match[1]}[${extras}]`];
  });
  return [...quoted, ...keys].flatMap(parseRequirement);
}

function isDriver({ name, extras }: Requirement): boolean {
  return pythonDrivers.includes(name) || extras.some((extra) => driverExtras[name]?.includes(extra) === true);
}

const isNodeDriver = (name: string): boolean => nodeDrivers.includes(name);

function nodeNames(packageJson: unknown, field: string): string[] {
  if (typeof packageJson !== "object" || packageJson === null) return [];
  const list = (packageJson as Record<string, unknown>)[field];
  return typeof list === "object" && list !== null ? Object.keys(list) : [];
}

/** Python's own normal form of names (PEP 503). */
function normalise(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, "-");
}
