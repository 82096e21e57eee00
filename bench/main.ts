// `npm run bench [part…] [--quick] [--profile DIR] [--readme]`: measures, and writes bench/results. Asserts nothing.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineFacts } from "./harness/machine.ts";
import { writePart, writeReadme } from "./harness/report.ts";
import type { Part } from "./harness/result.ts";
import { client } from "./parts/client.ts";
import { connectivity } from "./parts/connectivity.ts";
import { gateway } from "./parts/gateway.ts";
import { pulumi } from "./parts/pulumi.ts";
import { sync } from "./parts/sync.ts";
import { inScratchFolder } from "./support/scratch.ts";

const parts: Record<string, Part> = { pulumi, connectivity, client, gateway, sync };
const results = fileURLToPath(new URL("results", import.meta.url));
const projectReadme = fileURLToPath(new URL("../README.md", import.meta.url));
const usage = `npm run bench -- [${Object.keys(parts).join("|")}…] [--quick] [--profile DIR] [--readme]
  --quick        tiny sizes, to try the benchmark itself; writes to .cache/bench
  --readme       runs nothing: writes plots and figures anew from the results that are there
  --profile DIR  CPU profiles of the local workspace's processes`;

// At once: after Ctrl-C the work that was under way would go on.
process.exit(await inScratchFolder(() => main(process.argv.slice(2))));

async function main(args: string[]): Promise<number> {
  const options = {
    quick: { type: "boolean" },
    profile: { type: "string" },
    readme: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const unknown = positionals.filter((name) => !parts[name]);
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`error: there is no part ${unknown.join(", ")}`);
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const quick = values.quick ?? false;
  const folder = quick ? resolve(results, "../../.cache/bench") : results;
  if (values.readme) {
    await writeReadme(results, projectReadme);
    return 0;
  }
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    await runPart(name, { quick, profileDir: values.profile && resolve(values.profile) }, folder);
  }
  await writeReadme(folder, quick ? undefined : projectReadme);
  return 0;
}

async function runPart(
  name: string,
  effort: { quick: boolean; profileDir: string | undefined },
  folder: string,
): Promise<void> {
  const part = parts[name] as Part;
  const machine = await machineFacts();
  const measuredAt = new Date().toISOString();
  const started = performance.now();
  const sections = await part.run(effort, (line) => console.log(`${name}: ${line}`));
  const tookSeconds = (performance.now() - started) / 1000;
  await writePart(folder, { part: name, title: part.title, measuredAt, tookSeconds, machine, sections });
}
