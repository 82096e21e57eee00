// Chooses the folder, shared by all checkouts of a user, for what is made once and only read afterwards.
import { chmod, lstat, mkdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { LocalWorkspaceError } from "../local-workspace-error.ts";

const NAME = "pulumi-lakebase";

/**
 * A folder that this user owns, nobody else can write to, and the servers' user can read.
 * Candidates are tried in order; the error names each with what is wrong with it.
 */
export async function cacheFolder(
  candidates: string[] = defaultCandidates(),
  asRoot: boolean = process.getuid?.() === 0,
): Promise<string> {
  const problems: string[] = [];
  for (const folder of candidates) {
    const problem = await prepare(folder, asRoot);
    if (problem === undefined) return folder;
    problems.push(`${folder}: ${problem}`);
  }
  throw new LocalWorkspaceError(
    `no folder for PostgreSQL's binaries can be used (${problems.join("; ")}); fix: set XDG_CACHE_HOME to a folder that you own${asRoot ? ", whose parent folders other users may enter" : ""}`,
  );
}

function defaultCandidates(): string[] {
  const candidates: string[] = [];
  const configured = process.env.XDG_CACHE_HOME;
  if (configured !== undefined && isAbsolute(configured)) candidates.push(configured);
  if (process.getuid?.() === 0) {
    // Root's home is closed to the unprivileged user that the servers run as.
    candidates.push("/var/cache");
  } else {
    candidates.push(
      process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache"),
    );
  }
  const inTemporaryFolder = join(tmpdir(), `${NAME}-${process.getuid?.() ?? 0}`);
  return [...candidates.map((folder) => join(folder, NAME)), inTemporaryFolder];
}

/** Returns what makes the folder unusable, or undefined once it stands. */
async function prepare(folder: string, asRoot: boolean): Promise<string | undefined> {
  try {
    // Not recursive for the folder itself: a folder prepared by somebody else must come to light below.
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const found = await lstat(folder);
    if (!found.isDirectory()) return "not a folder (symbolic links are not followed)";
    if (found.uid !== process.getuid?.()) return `owned by user id ${found.uid}`;
    await chmod(folder, 0o755);
    return asRoot ? await closedParent(folder) : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function closedParent(folder: string): Promise<string | undefined> {
  for (let path = dirname(folder); ; path = dirname(path)) {
    const { mode } = await lstat(path);
    if ((mode & 0o001) === 0) return `other users may not enter ${path}`;
    if (path === dirname(path)) return undefined;
  }
}
