// Reads what a running local workspace says about itself.
import fs from "node:fs/promises";
import { READY_FILE } from "./project.ts";

/** What the ready file of `npm run local` holds. */
export interface ReadyWorkspace {
  readonly apiUrl: string;
  /** A personal access token of the local workspace: never to be printed. */
  readonly token: string;
  readonly userName: string;
  readonly postgresHost: string;
  readonly postgresPort: number;
  readonly caFile: string;
  readonly pid: number;
}

/** The local workspace that runs, if the file is there and its process lives. */
export async function readReadyFile(file = READY_FILE): Promise<ReadyWorkspace | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const workspace = JSON.parse(text) as ReadyWorkspace;
  return isAlive(workspace.pid) ? workspace : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted means: there, but another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
