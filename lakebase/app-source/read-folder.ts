// The one door to an app's source folder: reads the few files that say how the app starts and what it needs.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type Problem, showValue } from "../rules/index.ts";

/** A file that holds structured data. */
export interface ParsedFile {
  /** Name within the folder. */
  file: string;
  text: string;
  /** Undefined where the text cannot be parsed. */
  content: unknown;
}

/** What a source folder says about its app. */
export interface AppSource {
  /** Names of the files directly in it. */
  files: string[];
  appYaml?: ParsedFile;
  packageJson?: ParsedFile;
  /** Lines of requirements.txt and of the files it includes. */
  requirements?: string[];
  pyproject?: string;
  /** What could not be read. */
  problems: Problem[];
}

// Loaded when there is an app.yaml: every program with any component would pay for it otherwise.
const loadYaml = (): typeof import("yaml") => createRequire(import.meta.url)("yaml");

const appYamlNames = ["app.yaml", "app.yml"];

/** Reads a folder; what is wrong with it is among the problems. */
export function readAppSource(folder: string): AppSource {
  let files: string[];
  try {
    files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    return { files: [], problems: [notAFolder(folder, error as NodeJS.ErrnoException)] };
  }
  const problems: Problem[] = [];
  const text = (file: string): string | undefined => {
    if (!files.includes(file)) return undefined;
    try {
      return readFileSync(join(folder, file), "utf8");
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      problems.push({ path: file, reason: `cannot be read: ${code}`, fix: "make it readable" });
      return undefined;
    }
  };
  const pyproject = text("pyproject.toml");
  const appYaml = readYaml(appYamlNames.find((name) => files.includes(name)) ?? "app.yaml", text, problems);
  const packageJson = readJson("package.json", text, problems);
  const requirements = files.includes("requirements.txt")
    ? readRequirements(folder, "requirements.txt", problems)
    : undefined;
  return {
    files,
    problems,
    ...(appYaml === undefined ? {} : { appYaml }),
    ...(packageJson === undefined ? {} : { packageJson }),
    ...(requirements === undefined ? {} : { requirements }),
    ...(pyproject === undefined ? {} : { pyproject }),
  };
}

type ReadText = (file: string) => string | undefined;

function readYaml(file: string, read: ReadText, problems: Problem[]): ParsedFile | undefined {
  const text = read(file);
  if (text === undefined) return undefined;
  const document = loadYaml().parseDocument(text);
  for (const { message, linePos } of document.errors) {
    const line = linePos === undefined ? "" : ` in line ${linePos[0].line}`;
    // The parser's first line; the others repeat the file's text.
    const reason = `is not YAML${line}: ${message.split("\n")[0]?.replace(/ at line \d+.*$/, "")}`;
    problems.push({ path: file, reason, fix: "correct it" });
  }
  return { file, text, content: document.errors.length > 0 ? undefined : document.toJS() };
}

function readJson(file: string, read: ReadText, problems: Problem[]): ParsedFile | undefined {
  const text = read(file);
  if (text === undefined) return undefined;
  try {
    return { file, text, content: JSON.parse(text) };
  } catch {
    problems.push({ path: file, reason: "is not JSON", fix: "correct it" });
    return { file, text, content: undefined };
  }
}

/** The lines of a requirements file, without comments; `-r other.txt` is followed, within the folder. */
function readRequirements(
  folder: string,
  file: string,
  problems: Problem[],
  seen: Set<string> = new Set(),
): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  let text: string;
  try {
    text = readFileSync(join(folder, file), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const fix = "add the file, or remove the line that includes it";
    problems.push({ path: file, reason: `cannot be read: ${code}`, fix });
    return [];
  }
  return text.split(/\r?\n/).flatMap((line) => {
    const bare = line.replace(/(^|\s)#.*$/, "").trim();
    const included = /^(?:-r|--requirement)[\s=]+(\S+)$/.exec(bare)?.[1];
    if (included === undefined) return bare === "" ? [] : [bare];
    const other = relative(folder, resolve(folder, dirname(file), included));
    // Only the folder is deployed: what lies beside it is not there when the app starts.
    if (other.startsWith(`..${sep}`)) {
      const fix = "put the file into the folder";
      problems.push({ path: file, reason: "includes a file outside the folder", value: included, fix });
      return [];
    }
    return readRequirements(folder, other, problems, seen);
  });
}

function notAFolder(folder: string, { code = "" }: NodeJS.ErrnoException): Problem {
  const reasons: Record<string, string> = { ENOENT: "does not exist", ENOTDIR: "is a file" };
  return {
    path: "sourceFolder",
    reason: reasons[code] ?? `cannot be read: ${code}`,
    value: folder,
    allowed: "the folder with app.yaml and the app's code",
    fix: `correct the path; it is taken from ${showValue(process.cwd())}`,
  };
}
