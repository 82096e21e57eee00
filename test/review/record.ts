// Records the previews that the review's tests read: `node test/review/record.ts [scenario …]`.
//
// Each scenario is a real preview by the real engine. What is deployed beforehand is the preview of its `before`
// program turned into a state; the databricks plugin is the stand-in, attached, with some more resources.
import fs from "node:fs/promises";
import path from "node:path";
import { startPluginServer } from "../../local/plugin/index.ts";
import type { Resource } from "../../local/plugin/resource.ts";
import { RESOURCES } from "../../local/plugin/resources/index.ts";
import { findEngine } from "../../tools/engine/index.ts";
import { isolatedEnvironment } from "../../tools/environment.ts";
import { PROJECT_DIR } from "../../tools/project.ts";
import { failureOf, type RunResult, run } from "../../tools/support/index.ts";
import { checkpointOf } from "./recorder/checkpoint.ts";
import { OtherResource, otherResources } from "./recorder/other-resources.ts";
import { inFixedOrder, scrub } from "./recorder/scrub.ts";
import { startWorkspace } from "./recorder/workspace.ts";
import { scenarios } from "./scenarios/index.ts";
import type { Scenario } from "./scenarios/types.ts";

const program = path.join(import.meta.dirname, "program");
const recordings = path.join(import.meta.dirname, "recordings");
const timeout = 90_000;

for (const description of otherResources) {
  (RESOURCES as Map<string, Resource>).set(description.token, new OtherResource(description));
}
const engine = await findEngine();
await using workspace = await startWorkspace();
await using plugin = await startPluginServer({
  surroundings: {
    environment: { DATABRICKS_HOST: workspace.url, DATABRICKS_TOKEN: `dapi${"0".repeat(32)}` },
  },
});
await using isolated = await isolatedEnvironment({ engine });
const base = {
  ...isolated.env,
  PULUMI_DEBUG_PROVIDERS: `databricks:${plugin.port}`,
  PULUMI_CONFIG_PASSPHRASE: "recordings",
};

const asked = process.argv.slice(2);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  await record(name, scenario);
  process.stdout.write(`${name}\n`);
}

async function record(name: string, scenario: Scenario): Promise<void> {
  const stack = "production";
  const env = { ...base, REVIEW_SCENARIO: name, PULUMI_STACK: stack };
  const pulumi = (args: string[], phase = "after") =>
    run(engine.pulumi, [...args, "--non-interactive"], {
      cwd: program,
      env: { ...env, REVIEW_PHASE: phase },
      timeout,
    });
  await demand("stack init", pulumi(["stack", "init", stack]));
  try {
    if (scenario.before !== undefined) {
      const first = await demand("preview", pulumi(["preview", "--json"], "before"));
      const file = path.join(isolated.folder, "checkpoint.json");
      await fs.writeFile(file, JSON.stringify(checkpointOf(JSON.parse(first.stdout), scenario)));
      await demand("stack import", pulumi(["stack", "import", "--file", file]));
    }
    const shown = scenario.withoutSames ? [] : ["--show-sames", "--show-replacement-steps"];
    // A preview that fails is recorded too: its digest says why.
    const preview = await pulumi(["preview", "--json", ...shown, ...(scenario.previewArguments ?? [])]);
    if (!preview.stdout.trimStart().startsWith("{"))
      throw new Error(failureOf(`preview of ${name}`, preview));
    await fs.mkdir(recordings, { recursive: true });
    const digest = scrub(inFixedOrder(JSON.parse(preview.stdout)), [
      [PROJECT_DIR, "/project"],
      [workspace.url, "https://workspace.example.com"],
    ]);
    await fs.writeFile(path.join(recordings, `${name}.json`), `${JSON.stringify(digest, undefined, 1)}\n`);
  } finally {
    await demand("stack rm", pulumi(["stack", "rm", stack, "--force", "--yes"]));
  }
}

async function demand(what: string, running: Promise<RunResult>): Promise<RunResult> {
  const result = await running;
  if (result.code !== 0)
    throw new Error(`${failureOf(`pulumi ${what}`, result)} ${result.stdout.slice(-1500)}`);
  return result;
}
