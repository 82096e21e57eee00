// Puts PostgreSQL's binaries where every user of this machine's servers can run them.
import { randomUUID } from "node:crypto";
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { cacheFolder } from "./cache-folder.ts";
import { type PlatformPackage, platformPackage } from "./platform-package.ts";

/** Ready-to-run PostgreSQL. */
export interface Binaries {
  postgres: string;
  initdb: string;
  /** The whole environment of a server: nothing of this process's own leaks into it. */
  environment: Record<string, string>;
  /** Folder for what is derived from exactly these binaries. */
  cache: string;
  /** Name of the build, for names of derived folders. */
  build: string;
}

/**
 * Copies the platform package's files to the user's cache once and creates the links that its libraries need.
 * (npm may have blocked the package's own install script, and node_modules may lie where only root can read.)
 */
export async function installBinaries(
  source: PlatformPackage = platformPackage(),
  cache?: string,
): Promise<Binaries> {
  const folder = cache ?? (await cacheFolder());
  const build = `postgres-${source.version}-${basename(source.name)}`;
  const target = join(folder, build);
  if (!(await exists(target))) await publish(folder, target, (partial) => copyNative(source.folder, partial));
  const library = join(target, "native", "lib");
  return {
    postgres: join(target, "native", "bin", "postgres"),
    initdb: join(target, "native", "bin", "initdb"),
    environment: {
      PATH: "/usr/bin:/bin",
      LC_ALL: "C",
      TZ: "UTC",
      ...(process.platform === "linux" ? { LD_LIBRARY_PATH: library } : {}),
    },
    cache: folder,
    build,
  };
}

/**
 * Makes `target` appear at once and complete: built under a name of its own, then renamed.
 * Where another process was quicker its result is used.
 */
export async function publish(
  folder: string,
  target: string,
  build: (partial: string) => Promise<void>,
): Promise<void> {
  await removeAbandoned(folder);
  const partial = join(folder, `.partial-${randomUUID()}`);
  try {
    await mkdir(partial, { mode: 0o755 });
    await build(partial);
    await rename(partial, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** A killed process leaves its partial folder; an hour is longer than any of them takes. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(".partial-")) continue;
    const path = join(folder, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}

async function copyNative(source: string, target: string): Promise<void> {
  const native = join(target, "native");
  await cp(join(source, "native"), native, {
    recursive: true,
    // The links are created below whether or not the package's install script ran; archives are for compilers.
    filter: async (path) => !path.endsWith(".a") && !(await lstat(path)).isSymbolicLink(),
  });
  const links = JSON.parse(await readFile(join(source, "native", "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    if (link.source.endsWith(".a")) continue;
    const path = join(target, link.target);
    await symlink(relative(dirname(path), join(target, link.source)), path);
  }
  await makeReadable(target);
}

/** A strict umask at install or now must not keep the servers' user out. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}

/** Whether anything stands at the path. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}
