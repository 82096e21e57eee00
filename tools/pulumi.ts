// `npm run pulumi -- …`: the Pulumi CLI with this project's engine, plugin and environment.
import fs from "node:fs/promises";
import { ensureBuilt } from "./built.ts";
import { chosenStack, createDevStack, meansOwnDevStack } from "./dev-stack.ts";
import { type Engine, findEngine } from "./engine/index.ts";
import { DEV_STACK, engineEnvironment, hasDatabricksCredentials } from "./environment.ts";
import { explanationOf } from "./explained.ts";
import { ensureDatabricksPlugin } from "./plugin/index.ts";
import { PULUMI_HOME, STATE_DIR } from "./project.ts";
import { readReadyFile } from "./ready-file.ts";
import { createProgress, runInForeground } from "./support/index.ts";

/** Commands that run the program, and so need the databricks plugin and a stack. */
const DEPLOYING = ["up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch"];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const engine = await findEngine();
    const env = await prepare(engine, args);
    return await runInForeground(engine.pulumi, args, { env });
  } catch (error) {
    say(explanationOf(error));
    return 1;
  }
}

async function prepare(engine: Engine, args: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const home = process.env.PULUMI_HOME || PULUMI_HOME;
  await fs.mkdir(home, { recursive: true });
  if (!process.env.PULUMI_BACKEND_URL) await fs.mkdir(STATE_DIR, { recursive: true });
  const deploying = args.some((arg) => DEPLOYING.includes(arg));
  if (deploying) {
    await ensureDatabricksPlugin({ engine, home, allowStandIn: !process.env.PULUMI_HOME });
    await ensureBuilt(createProgress());
  }

  const chosen = await chosenStack(args, engineEnvironment({ engine }));
  if (deploying && meansOwnDevStack(chosen, process.env)) return await onDevStack(engine, chosen);
  return await environment(engine, chosen);
}

async function onDevStack(engine: Engine, chosen: string | undefined): Promise<NodeJS.ProcessEnv> {
  const env = await environment(engine, DEV_STACK);
  const made = await createDevStack(engine.pulumi, env);
  const isNew = made ? ", which is new here" : "";
  if (chosen === undefined) say(`no stack chosen: using ${DEV_STACK}${isNew} (--stack names another)`);
  else if (made) say(`using ${DEV_STACK}${isNew}`);
  return { ...env, PULUMI_STACK: DEV_STACK };
}

async function environment(engine: Engine, stack: string | undefined): Promise<NodeJS.ProcessEnv> {
  const workspace = stack === DEV_STACK ? await readReadyFile() : undefined;
  if (workspace !== undefined && hasDatabricksCredentials(process.env))
    say("the dev stack uses the DATABRICKS_* credentials of this shell, not those of the local workspace");
  return engineEnvironment({ engine, stack, workspace });
}

function say(text: string): void {
  process.stderr.write(`pulumi-lakebase: ${text}\n`);
}
