// What a program's installed npm packages say: which plugins they need, and which versions they are.
import fs from "node:fs/promises";
import path from "node:path";

/** A plugin that an installed package needs. */
export interface RequiredPackage {
  readonly name: string;
  readonly version: string;
  /** Where it is downloaded from; empty for the usual place. */
  readonly server: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

/** The plugins of all packages in the node_modules of this folder, nested ones included, each once. */
export async function requiredPackages(folder: string): Promise<RequiredPackage[]> {
  const found = new Map<string, RequiredPackage>();
  for await (const manifest of installed(folder)) {
    const { pulumi } = manifest;
    if (pulumi?.resource !== true) continue;
    const name = pulumi.name ?? (manifest.name ?? "").replace(/^@pulumi\//, "");
    const version = (pulumi.version ?? manifest.version ?? "").replace(/^v/, "");
    found.set(`${name}@${version}`, { name, version, server: pulumi.server ?? "" });
  }
  return [...found.values()];
}

/** The direct dependencies of the program in this folder, as installed. */
export async function directDependencies(folder: string): Promise<{ name: string; version: string }[]> {
  const { dependencies = {} } = (await readManifest(folder)) ?? {};
  return await Promise.all(
    Object.entries(dependencies).map(async ([name, wanted]) => {
      const manifest = await readManifest(path.join(folder, "node_modules", name));
      return { name, version: manifest?.version ?? wanted };
    }),
  );
}

async function* installed(folder: string): AsyncGenerator<Manifest> {
  const modules = path.join(folder, "node_modules");
  for (const name of await packageNames(modules)) {
    const manifest = await readManifest(path.join(modules, name));
    if (manifest !== undefined) yield manifest;
    yield* installed(path.join(modules, name));
  }
}

async function packageNames(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await list(modules)) {
    if (name.startsWith(".")) continue;
    if (name.startsWith("@"))
      for (const inner of await list(path.join(modules, name))) names.push(`${name}/${inner}`);
    else names.push(name);
  }
  return names;
}

// A linked package belongs to another project, whose own node_modules may lead back here.
async function list(folder: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await fs.readFile(path.join(folder, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
}
