// Runs the small application as a process of its own, with nothing but what a deployed one has.
import path from "node:path";
import { failureOf, run } from "../support/index.ts";
import { DemoError } from "./error.ts";
import type { DemoWorkspace } from "./local-workspace.ts";

/** What the application found. */
export interface AppResult {
  readonly orders: number;
  readonly user: string;
  readonly server: string;
}

/** Has the application write rows, or only read them. */
export async function runApp(
  exportsFile: string,
  action: "write" | "read",
  { ready }: DemoWorkspace,
  signal: AbortSignal,
): Promise<AppResult> {
  const result = await run(
    process.execPath,
    [path.join(import.meta.dirname, "app.ts"), exportsFile, action],
    {
      env: { PATH: process.env.PATH, DATABRICKS_HOST: ready.apiUrl, DATABRICKS_TOKEN: ready.token },
      timeout: 60_000,
    },
  );
  signal.throwIfAborted();
  if (result.code !== 0)
    throw new DemoError(`the application failed: ${failureOf("node tools/demo/app.ts", result)}`);
  return JSON.parse(result.stdout);
}
