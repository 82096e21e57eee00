// Prints where the time went: node bench/top-functions.ts FILE.cpuprofile… (from --profile DIR or node --cpu-prof).
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/** The part of a V8 CPU profile that is read here. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const shown = 15;

for (const file of process.argv.slice(2)) {
  const profile = JSON.parse(await readFile(file, "utf8")) as Profile;
  const { total, functions } = selfTimes(profile);
  console.log(`${basename(file)}: ${(total / 1e6).toFixed(1)} s of CPU`);
  for (const [name, micros] of functions.slice(0, shown)) {
    console.log(`  ${((micros / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
  }
}

/** Microseconds in each function itself, the most first; waiting is left out. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): {
  total: number;
  functions: [string, number][];
} {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url === "" ? "" : ` ${url.replace(/^.*\/(node_modules|main)\//, "")}:${lineNumber + 1}`;
      return [id, `${functionName || "(anonymous)"}${place}`];
    }),
  );
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? "(unknown)";
    if (name === "(idle)") continue;
    const micros = timeDeltas[index] ?? 0;
    times.set(name, (times.get(name) ?? 0) + micros);
    total += micros;
  }
  return { total, functions: [...times].sort(([, a], [, b]) => b - a) };
}
