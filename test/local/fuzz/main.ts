// `npm run fuzz`: the fuzz tests for longer, with a seed of one's choice.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const usage = `npm run fuzz -- [--runs N] [--seed S]

  --runs N   so many times the runs of npm test (20)
  --seed S   the seed; a failure prints its own, and the path to the counterexample`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    seed: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
const wrong = Object.entries(values).filter(
  ([name, value]) => name !== "help" && !/^[1-9]\d{0,8}$/.test(String(value)),
);
if (values.help || wrong.length > 0) {
  for (const [name, value] of wrong)
    console.error(`error: --${name} must be a whole number from 1, not "${value}"`);
  console.log(usage);
  process.exit(wrong.length > 0 ? 2 : 0);
}
const env = {
  ...process.env,
  FUZZ_FACTOR: values.runs,
  ...(values.seed === undefined ? {} : { FUZZ_SEED: values.seed }),
};
const run = spawnSync("vitest", ["run", "test/local/fuzz"], { stdio: "inherit", env });
process.exit(run.status ?? 1);
