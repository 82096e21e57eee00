// Tries to install the official databricks plugin, and remembers for some hours when it cannot be had.
import fs from "node:fs/promises";
import path from "node:path";
import type { Engine } from "../engine/index.ts";
import { failureOf, type Progress, run, whyUnreachable } from "../support/index.ts";

/** What the attempt needs to know. */
export interface OfficialInstall {
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
  /** The PULUMI_HOME that is to have the plugin. */
  readonly home: string;
  /** The plugin's folder in it. */
  readonly folder: string;
  readonly version: string;
  readonly progress: Progress;
  readonly now: () => number;
  /** The sites the engine downloads plugins from; one that answers is worth the attempt. */
  readonly sites: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** So long an "unavailable" is believed: a second run is quick, and tomorrow's run finds out for itself. */
const REMEMBERED = 6 * 3_600_000;
const REACH_LIMIT = 8_000;
const INSTALL_LIMIT = 10 * 60_000;

/** Installs the official plugin; undefined when that succeeded, else the reason why not. */
export async function installOfficial(install: OfficialInstall): Promise<string | undefined> {
  const remembered = await recall(install);
  if (remembered !== undefined) return remembered;
  const reason = (await whyNoSite(install)) ?? (await download(install));
  // Interrupted is not unavailable: nothing that hours of runs would go by.
  install.signal?.throwIfAborted();
  if (reason === undefined) await fs.rm(memoryFile(install), { force: true });
  else await remember(install, reason);
  return reason;
}

async function whyNoSite({ env, sites }: OfficialInstall): Promise<string | undefined> {
  // Somebody who names a mirror of the plugins knows that it answers.
  if (env.PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES) return undefined;
  const reasons = await Promise.all(sites.map((site) => whyUnreachable(site, REACH_LIMIT)));
  return reasons.includes(undefined) ? undefined : reasons.join("; ");
}

async function download(install: OfficialInstall): Promise<string | undefined> {
  const { engine, env, home, folder, version, progress } = install;
  // In a home of its own, so that what is there stays in use until the new one is whole.
  const temporary = await fs.mkdtemp(path.join(home, ".installing-"));
  try {
    const result = await progress.step(`installing the official databricks plugin ${version}`, () =>
      run(engine.pulumi, ["plugin", "install", "resource", "databricks", version], {
        env: { ...env, PULUMI_HOME: temporary },
        timeout: INSTALL_LIMIT,
      }),
    );
    if (result.code !== 0) return failureOf("pulumi plugin install resource databricks", result);
    await fs.mkdir(path.dirname(folder), { recursive: true });
    await fs.rm(folder, { recursive: true, force: true });
    await fs.rename(path.join(temporary, "plugins", path.basename(folder)), folder);
    return undefined;
  } finally {
    await fs.rm(temporary, { recursive: true, force: true });
  }
}

function memoryFile({ home, version }: OfficialInstall): string {
  return path.join(home, `databricks-plugin-${version}-unavailable.json`);
}

async function remember(install: OfficialInstall, reason: string): Promise<void> {
  await fs.writeFile(memoryFile(install), `${JSON.stringify({ at: install.now(), reason })}\n`);
}

async function recall(install: OfficialInstall): Promise<string | undefined> {
  try {
    const { at, reason } = JSON.parse(await fs.readFile(memoryFile(install), "utf8"));
    return install.now() - Number(at) < REMEMBERED ? String(reason) : undefined;
  } catch {
    return undefined;
  }
}
