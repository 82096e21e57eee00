// Reads a stack's `lakebase` output, wherever it comes from.
import { readFileSync } from "node:fs";
import { exportsSchemaVersion } from "../lakebase/rules/exports.ts";
import type { Problem } from "../lakebase/rules/problems.ts";
import { type ConnectionSettings, checkSslMode, readPort } from "./settings.ts";

type Fields = Record<string, unknown>;

const fix = "write it with: pulumi stack output lakebase --json";

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object behind an object, JSON text or file; undefined with a problem. */
function load(given: unknown, problems: Problem[]): Fields | undefined {
  const refuse = (reason: string, value?: unknown) => {
    problems.push({ path: "exports", reason, ...(value === undefined ? {} : { value }), fix });
    return undefined;
  };
  if (given instanceof URL || typeof given === "string") {
    const isText = typeof given === "string" && given.trimStart().startsWith("{");
    let text: string;
    try {
      text = isText ? given : readFileSync(given, "utf8");
    } catch (error) {
      return refuse(`the file cannot be read (${(error as NodeJS.ErrnoException).code})`, String(given));
    }
    try {
      return load(JSON.parse(text), problems);
    } catch {
      return refuse(
        isText ? "the text is not JSON" : "the file is not JSON",
        isText ? undefined : String(given),
      );
    }
  }
  if (!isFields(given)) return refuse("neither an object, nor JSON, nor a file", given);
  if (typeof given.apply === "function") {
    return refuse("an Output is not its value: wait for it, as with StackReference.getOutputDetails");
  }
  // All outputs of the stack together.
  return given.schemaVersion === undefined && isFields(given.lakebase) ? given.lakebase : given;
}

/** Reads members by their dotted path and notes each that is missing or not what it should be. */
class Reader {
  readonly #root: Fields;
  readonly #problems: Problem[];

  constructor(root: Fields, problems: Problem[]) {
    this.#root = root;
    this.#problems = problems;
  }

  at(path: string): unknown {
    let value: unknown = this.#root;
    for (const name of path.split(".")) value = isFields(value) ? value[name] : undefined;
    return value;
  }

  text(path: string, isRequired: boolean): string | undefined {
    const value = this.at(path);
    if (typeof value === "string" && value !== "") return value;
    if (value === undefined && !isRequired) return undefined;
    const reason = value === undefined ? "missing" : "not a text";
    const given = value === undefined ? {} : { value };
    this.#problems.push({ path: `exports.${path}`, reason, ...given, fix });
    return undefined;
  }
}

/** The connection that the exports describe; further members are ignored. */
export function settingsFromExports(given: unknown, problems: Problem[]): ConnectionSettings {
  const exports = load(given, problems);
  if (exports === undefined) return {};
  const version = exports.schemaVersion;
  if (typeof version !== "number" || Math.floor(version) !== exportsSchemaVersion) {
    const isNewer = typeof version === "number" && version > exportsSchemaVersion;
    problems.push({
      path: "exports.schemaVersion",
      reason: isNewer ? "written by a newer pulumi-lakebase" : "not a known version",
      value: version,
      allowed: `${exportsSchemaVersion}`,
      fix: isNewer ? "update pulumi-lakebase in the application" : fix,
    });
    return {};
  }
  const reader = new Reader(exports, problems);
  checkSslMode("exports.endpoint.sslMode", reader.at("endpoint.sslMode"), problems);
  return {
    instanceName: reader.text("instance.name", true),
    instanceUid: reader.text("instance.uid", false),
    host: reader.text("endpoint.readWriteDns", true),
    readOnlyHost: reader.text("endpoint.readOnlyDns", false),
    hostAddress: reader.text("endpoint.hostAddress", false),
    port: readPort("exports.endpoint.port", reader.at("endpoint.port"), problems),
    sslRootCert: reader.text("endpoint.sslRootCert", false),
    database: reader.text("database.name", true),
    workspaceHost: reader.text("workspace.host", false),
  };
}
