// The third way: the official npm package `pulumi`, whose installer downloads the CLI from the vendor's site.
import fs from "node:fs/promises";
import path from "node:path";
import { failureOf, run, whyUnreachable } from "../support/index.ts";
import { keepInCache, type Recipe } from "./cache.ts";
import { executable, isExecutable } from "./on-path.ts";
import type { Outcome, Search } from "./types.ts";
import { NPM_PULUMI } from "./versions.ts";

/** What the installer makes. */
export const npmRecipe: Recipe = { version: NPM_PULUMI, text: `npm pulumi@${NPM_PULUMI}` };

const VENDOR = "https://get.pulumi.com/install.sh";
/** A download of some 200 MB over a slow line must be able to end; a site that does not answer is found out first. */
const INSTALL_LIMIT = 15 * 60_000;

/** Has the official installer download the CLI into the cache, if the vendor's site answers. */
export async function lookWithNpm({ env, cacheDir, progress }: Search, site = VENDOR): Promise<Outcome> {
  const unreachable = await whyUnreachable(site);
  if (unreachable !== undefined) return { reason: unreachable };
  try {
    const engine = await progress.step(
      `downloading the Pulumi CLI ${NPM_PULUMI} (npm package pulumi)`,
      (detail) => keepInCache(cacheDir, npmRecipe, (folder) => install(folder, env, detail)),
    );
    return { engine: { ...engine, source: "npm" } };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

async function install(
  folder: string,
  env: NodeJS.ProcessEnv,
  detail: (text: string) => void,
): Promise<void> {
  // The installer puts the CLI under PULUMI_HOME, which is ours for the time being.
  const home = path.join(folder, "home");
  const args = ["exec", "--yes", `--package=pulumi@${NPM_PULUMI}`, "--", "pulumi", "version"];
  const result = await run("npm", args, {
    cwd: folder,
    env: {
      ...env,
      PULUMI_HOME: home,
      PULUMI_VERSION: NPM_PULUMI,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_USE_ENV_PROXY: "1",
    },
    timeout: INSTALL_LIMIT,
    onLine: (line) => detail(line.trim().slice(0, 60)),
  });
  if (result.code !== 0) throw new Error(failureOf(`npm exec pulumi@${NPM_PULUMI}`, result));
  const bin = path.join(home, "versions", NPM_PULUMI, "bin");
  if (!(await isExecutable(path.join(bin, executable("pulumi-language-nodejs")))))
    throw new Error(`npm package pulumi@${NPM_PULUMI} installed no pulumi-language-nodejs into ${bin}`);
  for (const name of await fs.readdir(bin)) await fs.rename(path.join(bin, name), path.join(folder, name));
  await fs.rm(home, { recursive: true, force: true });
}
