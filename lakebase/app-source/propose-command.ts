// What would start an app, judged by its files: as the platform does it, but for frameworks with a server of their own.
import type { AppSource } from "./read-folder.ts";

/** The port that the platform puts in the place of this word of a command. */
export const portWord = "$DATABRICKS_APP_PORT";

/** The command, or undefined where nothing in the folder can be started. */
export function proposeCommand(source: AppSource): string[] | undefined {
  const { files, packageJson, requirements = [], pyproject = "" } = source;
  const python = files.filter((file) => file.endsWith(".py"));
  const file = ["app.py", "main.py"].find((name) => python.includes(name)) ?? python[0];
  if (hasStartScript(packageJson?.content)) return ["npm", "run", "start"];
  if (file === undefined) return undefined;
  const needs = (name: string): boolean =>
    requirements.some((line) => new RegExp(`^${name}\\b`, "i").test(line)) ||
    new RegExp(`["']${name}\\b`, "i").test(pyproject);
  if (needs("streamlit")) return ["streamlit", "run", file];
  if (needs("uvicorn") || needs("fastapi")) {
    return ["uvicorn", `${file.slice(0, -".py".length)}:app`, "--host", "0.0.0.0", "--port", portWord];
  }
  return ["python", file];
}

function hasStartScript(packageJson: unknown): boolean {
  if (typeof packageJson !== "object" || packageJson === null) return false;
  const { scripts } = packageJson as { scripts?: unknown };
  return typeof scripts === "object" && scripts !== null && "start" in scripts;
}
