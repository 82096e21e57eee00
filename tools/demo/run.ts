// The demo itself: engine, workspace, deployment, application, resize, and everything taken down again.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ensureBuilt } from "../built.ts";
import { findEngine } from "../engine/index.ts";
import { DEV_STACK, isolatedEnvironment } from "../environment.ts";
import { ensureDatabricksPlugin } from "../plugin/index.ts";
import { PULUMI_HOME } from "../project.ts";
import { createProgress } from "../support/index.ts";
import { type AppResult, readRevenue, runApp } from "./application.ts";
import { DemoError } from "./error.ts";
import { keep } from "./kept.ts";
import { addDay, NEW_DAY, runPipeline } from "./lakehouse.ts";
import { type DemoWorkspace, endProcess, startLocalWorkspace } from "./local-workspace.ts";
import { createStack, type DemoStack } from "./stack.ts";
import { createNarrator, type Story, summary } from "./story.ts";

const STEPS = 9;

/** What the demo is to do at its end. */
export interface DemoOptions {
  /** Leave everything running. */
  readonly keep: boolean;
  /** Where what was kept is noted; .cache/demo/kept.json by default. */
  readonly note?: string;
}

/** Runs the demo. Whatever happens, nothing stays behind, unless it succeeds and is to be kept. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const began = Date.now();
  const write = (text: string) => void process.stdout.write(text);
  const step = createNarrator(write, STEPS);

  step("The Pulumi engine, the databricks plugin, the compiled package");
  const engine = await findEngine({ signal });
  write(`Pulumi ${engine.version}: ${engine.pulumi}\n`);
  const plugin = await ensureDatabricksPlugin({ engine, home: PULUMI_HOME, allowStandIn: true, signal });
  await ensureBuilt(createProgress(), { signal });
  signal.throwIfAborted();

  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-demo-"));
  let workspace: DemoWorkspace | undefined;
  let kept = false;
  try {
    step("A local Databricks workspace, with fresh data, on free ports");
    workspace = await startLocalWorkspace(folder, options.keep, signal);
    write(`REST API ${workspace.ready.apiUrl}, PostgreSQL on port ${workspace.ready.postgresPort}\n`);

    const { env } = await isolatedEnvironment({
      engine,
      stack: DEV_STACK,
      workspace: workspace.ready,
      folder,
    });
    const stackEnv = { ...env, PULUMI_STACK: DEV_STACK };
    const stack = await createStack(engine.pulumi, stackEnv, folder, workspace, signal);
    const exportsFile = path.join(folder, "exports.json");
    const result = await deployAndUse({ stack, workspace, exportsFile, step, write, signal });

    let environmentFile = "";
    if (options.keep) {
      step("Everything is left running");
      environmentFile = await keep(folder, stackEnv, options.note);
      kept = true;
    } else {
      step("pulumi destroy: everything is removed again");
      await stack.deploy("destroy", "--yes", "--skip-preview");
    }
    const { endpoint } = JSON.parse(await fs.readFile(exportsFile, "utf8"));
    write(
      summary({
        ...result,
        milliseconds: Date.now() - began,
        host: endpoint.readWriteDns,
        standIn: plugin.kind === "stand-in",
        ...(kept ? { kept: { folder, environmentFile, configFile: stack.configFile } } : {}),
      }),
    );
  } finally {
    if (!kept) {
      if (workspace !== undefined) await endProcess(workspace.ready.pid);
      await fs.rm(folder, { recursive: true, force: true });
    }
  }
}

interface Acts {
  readonly stack: DemoStack;
  readonly workspace: DemoWorkspace;
  readonly exportsFile: string;
  readonly step: (title: string) => void;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

async function deployAndUse({
  stack,
  workspace,
  exportsFile,
  step,
  write,
  signal,
}: Acts): Promise<AppResult & Pick<Story, "revenue">> {
  step("pulumi preview: what would be deployed");
  await stack.deploy("preview");

  step("pulumi up: an instance, its catalog, synced tables, and the proof that it can be reached");
  await stack.deploy("up", "--yes", "--skip-preview");
  await stack.writeExports(exportsFile);

  step("An application: connects with what the stack exports, writes rows");
  const written = await runApp(exportsFile, "write", workspace, signal);
  write(`${written.orders} rows written as ${written.user} on ${written.server}\n`);

  step("Reverse ETL: a day is added to a Delta table, its pipeline runs, the application sees it");
  // Side by side: nothing arrives before the pipeline runs.
  const [before, version] = await Promise.all([
    readRevenue(exportsFile, workspace, signal),
    addDay(workspace),
  ]);
  write(`before: ${before.rows} rows up to ${before.day}, revenue ${before.revenue}\n`);
  write(`main.gold.daily_revenue is now at version ${version}; its pipeline runs\n`);
  await runPipeline(workspace);
  const after = await readRevenue(exportsFile, workspace, signal);
  write(`after:  ${after.rows} rows up to ${after.day}, revenue ${after.revenue}\n`);
  if (after.day !== NEW_DAY)
    throw new DemoError(`${NEW_DAY} was added to the Delta table and did not arrive`);

  step("Resize: CU_1 to CU_2, first previewed");
  await stack.configure({ capacity: "CU_2" });
  await stack.deploy("preview", "--diff");
  await stack.deploy("up", "--yes", "--skip-preview");
  await stack.writeExports(exportsFile);

  step("The application again: the rows are still there");
  const read = await runApp(exportsFile, "read", workspace, signal);
  write(`${read.orders} rows read\n`);
  if (read.orders !== written.orders)
    throw new DemoError(`${written.orders} rows were written, but after the resize there are ${read.orders}`);
  return { ...read, revenue: { before: before.rows, after: after.rows } };
}
