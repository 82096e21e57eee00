// Preloaded into a Pulumi program's process: at its end it writes down what CPU and memory it took.
import { writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";

const folder = process.env.LAKEBASE_BENCH_USAGE;
// The engine's programs and plugins are all Node's here; only the runner of programs counts.
const isProgram = basename(dirname(process.argv[1] ?? "")) === "run";

if (folder !== undefined && isProgram) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuMillis: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 };
    writeFileSync(`${folder}/${process.pid}.json`, JSON.stringify(usage));
  });
}
