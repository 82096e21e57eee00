// A Pulumi program of somebody's own, with the package in its node_modules as npm would put it there.
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

const projectRoot = join(import.meta.dirname, "../../..");

/** Writes the program into a folder that does not exist yet. */
export async function writeProgram(folder: string, source: string): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await symlink(projectRoot, join(folder, "node_modules/pulumi-lakebase"));
  await symlink(join(projectRoot, "node_modules/@pulumi"), join(folder, "node_modules/@pulumi"));
  await writeFile(join(folder, "package.json"), '{"name":"program","type":"module"}');
  const runtime = { name: "nodejs", options: { typescript: false } };
  await writeFile(
    join(folder, "Pulumi.yaml"),
    JSON.stringify({ name: "lakebase", runtime, main: "index.ts" }),
  );
  await writeFile(join(folder, "index.ts"), source);
}
