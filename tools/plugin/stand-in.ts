// Puts the project's stand-in for the databricks plugin where the engine looks for the official one.
import fs from "node:fs/promises";
import path from "node:path";

const MARKER = "stand-in.json";
const BINARY = "pulumi-resource-databricks";

// The engine starts it as the plugin. Its Node is the project's; its folder tells where the project is, also through
// a link to the folder of plugins.
const LAUNCHER = `#!/bin/sh
# Stand-in for the official databricks plugin: runs local/plugin/main.ts of pulumi-lakebase.
project=\${PULUMI_LAKEBASE_PROJECT:-$(cd -P "$(dirname "$0")/../../../.." && pwd -P)}
node="$project/node_modules/.bin/node"
[ -x "$node" ] || node=node
exec "$node" "$project/local/plugin/main.ts" "$@"
`;

/** Whether this plugin folder holds the stand-in. */
export async function isStandIn(folder: string): Promise<boolean> {
  try {
    await fs.access(path.join(folder, MARKER));
    return true;
  } catch {
    return false;
  }
}

/** Writes the stand-in's folder, whole, at this place, unless it is there already. */
export async function installStandIn(folder: string, version: string): Promise<void> {
  // Left alone where nothing changes: another engine may be starting it at this moment.
  if (await isCurrent(folder)) return;
  await fs.mkdir(path.dirname(folder), { recursive: true });
  const temporary = await fs.mkdtemp(path.join(path.dirname(folder), ".stand-in-"));
  try {
    await fs.writeFile(path.join(temporary, BINARY), LAUNCHER, { mode: 0o755 });
    await fs.writeFile(path.join(temporary, MARKER), `${JSON.stringify({ standIn: true, version })}\n`);
    await fs.chmod(temporary, 0o755);
    await fs.rm(folder, { recursive: true, force: true });
    await fs.rename(temporary, folder);
  } finally {
    await fs.rm(temporary, { recursive: true, force: true });
  }
}

async function isCurrent(folder: string): Promise<boolean> {
  try {
    return (await isStandIn(folder)) && (await fs.readFile(path.join(folder, BINARY), "utf8")) === LAUNCHER;
  } catch {
    return false;
  }
}
