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

/** What the application read from the synced table. */
export interface Revenue {
  readonly rows: number;
  /** The latest day, as YYYY-MM-DD. */
  readonly day: string;
  readonly revenue: string;
}

/** Has the application write rows, or only read them. */
export function runApp(
  exportsFile: string,
  action: "write" | "read",
  workspace: DemoWorkspace,
  signal: AbortSignal,
): Promise<AppResult> {
  return runAction(exportsFile, action, workspace, signal);
}

/** Has the application read the synced table. */
export function readRevenue(
  exportsFile: string,
  workspace: DemoWorkspace,
  signal: AbortSignal,
): Promise<Revenue> {
  return runAction(exportsFile, "revenue", workspace, signal);
}

async function runAction<Result>(
  exportsFile: string,
  action: string,
  { ready }: DemoWorkspace,
  signal: AbortSignal,
): Promise<Result> {
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
