// What `--keep` leaves: a note of it for `--stop`, and a file to source that points a shell at it.
import fs from "node:fs/promises";
import path from "node:path";
import { CACHE_DIR } from "../project.ts";
import { type ReadyWorkspace, readReadyFile } from "../ready-file.ts";
import { endProcess } from "./local-workspace.ts";

const NOTE = path.join(CACHE_DIR, "demo", "kept.json");
const SHOWN = /^(PULUMI_|DATABRICKS_|PG|NODE_COMPILE_CACHE$|PATH$)/;

/**
 * Notes that this folder, with a running workspace, is left to the user; gives the file to source. It takes the place of
 * what was kept before, which is ended: the note is the only way to it.
 */
export async function keep(folder: string, env: NodeJS.ProcessEnv, note = NOTE): Promise<string> {
  const file = path.join(folder, "environment.sh");
  const lines = Object.entries(env)
    .filter(([name]) => SHOWN.test(name))
    .map(([name, value]) => `export ${name}=${quote(value ?? "")}`);
  // It holds the local workspace's token.
  await fs.writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  await stopKept(note);
  await fs.mkdir(path.dirname(note), { recursive: true });
  await fs.writeFile(note, `${JSON.stringify({ folder })}\n`);
  return file;
}

/** Ends and removes what was kept; gives its folder, or undefined where nothing was. */
export async function stopKept(note = NOTE): Promise<string | undefined> {
  let folder: string;
  try {
    folder = JSON.parse(await fs.readFile(note, "utf8")).folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const ready = await readReadyFile(path.join(folder, "ready.json"));
  if (ready !== undefined && (await isServing(ready))) await endProcess(ready.pid);
  await fs.rm(folder, { recursive: true, force: true });
  await fs.rm(note);
  return folder;
}

/** Whether it is the workspace that has this process id: after a crash or a reboot it may be anybody's. */
async function isServing({ apiUrl, token }: ReadyWorkspace): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${apiUrl}/local/clock`, { headers }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
