// The project's Pulumi program against the same resources declared by hand, and against Pulumi's template.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effort, Measure, Part, Samples, Section } from "../harness/result.ts";
import { interleave, type Measured, type Readings } from "../harness/rounds.ts";
import { writeDeltaSource } from "../support/delta-source.ts";
import { type Program, type PulumiBench, type Stack, startPulumi } from "../support/pulumi-stack.ts";
import { startWorkspace, type Workspace } from "../support/workspace.ts";

const ours = "pulumi-lakebase";
const byHand = "same resources by hand";
const officialOnly = "@pulumi/databricks only";
const template = "by hand, template, edited";
const templateAgain = "by hand, template, unchanged";

/** A source has at most so many copies, in the whole workspace. */
const copiesOfSource = 20;

/** The part. */
export const pulumi: Part = {
  title: "Pulumi: preview and up",
  async run(effort, log) {
    const lakehouseDir = await mkdtemp(join(tmpdir(), "lakebase-bench-lakehouse-"));
    try {
      await using workspace = await startWorkspace({ effort, lakehouseDir });
      await using engine = await startPulumi(workspace, effort);
      const bench = new Bench(workspace, engine, lakehouseDir);
      const previews = await preview(bench, effort, log);
      const defaults = await againstTemplate(bench, effort, log);
      return [previews.section, growth(previews.millisATable), defaults, await up(bench, effort, log)];
    } finally {
      await rm(lakehouseDir, { recursive: true, force: true });
    }
  },
};

/** Makes stacks whose names nobody else has, so that each one's preview and `up` are those of a new stack. */
class Bench {
  readonly engine: PulumiBench;
  readonly #workspace: Workspace;
  readonly #lakehouseDir: string;
  #stacks = 0;

  constructor(workspace: Workspace, engine: PulumiBench, lakehouseDir: string) {
    this.#workspace = workspace;
    this.#lakehouseDir = lakehouseDir;
    this.engine = engine;
  }

  async stack(program: Program, tables: number): Promise<Stack & { instance: string }> {
    this.#stacks += 1;
    const instance = `bench-${this.#stacks}`;
    const catalogName = `bench_${this.#stacks}`;
    for (let source = 0; source * copiesOfSource < tables; source++) {
      await writeDeltaSource(join(this.#lakehouseDir, "main/bench", `${catalogName}_${source}`), 10);
    }
    const stack = await this.engine.stack(program, {
      "lakebase:instanceName": instance,
      "lakebase:catalogName": catalogName,
      "lakebase:tables": tables,
      "lakebase:port": this.#workspace.postgresPort,
      "lakebase:sslRootCert": this.#workspace.caFile,
    });
    return { ...stack, instance };
  }

  /** Frees what the `up` has taken: the instance with everything in it. */
  async remove(instance: string): Promise<void> {
    await this.#workspace.call("DELETE", `/api/2.0/database/instances/${instance}?purge=true&force=true`);
  }
}

type Log = (line: string) => void;

/** What is told of each command. */
const units = [
  ["wall", "s"],
  ["cpu", "s of CPU, all processes"],
  ["programCpu", "s of CPU, the program's process"],
  ["peakMb", "MB at most, the program's process"],
] as const;

function measuresOf(name: string, measured: Measured, shared: Partial<Measure>): Measure[] {
  return units.map(([key, unit]) => ({
    name,
    unit,
    better: "lower",
    samples: measured[key] ?? {},
    ...(shared.baseline === undefined ? {} : { baseline: shared.baseline }),
    ...(shared.goal === undefined || key === "peakMb" || key === "programCpu" ? {} : { goal: shared.goal }),
  }));
}

async function preview(
  bench: Bench,
  { quick }: Effort,
  log: Log,
): Promise<{ section: Section; millisATable: Samples }> {
  const programs = {
    [byHand]: await bench.engine.program("leaves"),
    [ours]: await bench.engine.program("components"),
    [officialOnly]: await bench.engine.program("plain"),
  };
  const rounds = quick ? { 1: 1, 10: 1 } : { 1: 5, 10: 5, 100: 4, 1000: 1 };
  const measures: Measure[] = [];
  const walls: Record<string, number> = {};
  for (const [tables, count] of Object.entries(rounds)) {
    const variants = Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [
        name,
        async () => (await bench.stack(program, Number(tables))).measure("preview"),
      ]),
    );
    // The first run fills Node's cache of compiled code.
    if (tables === "1") await interleave(variants, 1);
    const measured = await interleave(variants, count);
    const goal = { variant: ours, atMost: 1.05 };
    measures.push(...measuresOf(tablesText(tables), measured, { baseline: byHand, goal }));
    walls[tables] = medianOf(measured.cpu?.[ours]);
    log(`preview, ${tablesText(tables)}: done`);
  }
  const note =
    "`pulumi preview` of a new stack: an instance, its catalog, synced tables in one pipeline. **By hand** declares " +
    "every resource that the components declare, without components; **@pulumi/databricks only** has no waiting, no proof " +
    "and no dynamic resources. All three with this project's settings: types stripped by Node, compiled code cached.";
  return { section: { title: "Preview", note, measures }, millisATable: slopes(walls) };
}

const medianOf = (values: number[] = []): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const tablesText = (tables: string | number): string =>
  Number(tables) === 1 ? "1 table" : `${Number(tables).toLocaleString("en-US")} tables`;

/** Milliseconds of CPU that one more table costs, between one size and the next. */
function slopes(seconds: Record<string, number>): Samples {
  const sizes = Object.keys(seconds).map(Number);
  return Object.fromEntries(
    sizes.slice(1).map((size, at) => {
      const before = sizes[at] ?? 0;
      const more = (seconds[size] ?? Number.NaN) - (seconds[before] ?? Number.NaN);
      return [`${before} to ${size.toLocaleString("en-US")}`, [(more * 1000) / (size - before)]];
    }),
  );
}

function growth(millisATable: Samples): Section {
  const steps = Object.keys(millisATable);
  const baseline = "10 to 100";
  const last = steps.at(-1) ?? "";
  const goal =
    steps.includes(baseline) && last !== baseline ? { baseline, goal: { variant: last, atMost: 1.1 } } : {};
  return {
    title: "Growth of the preview",
    note: "CPU of all processes that one more table costs: the same at every size, if growth is linear.",
    measures: [{ name: ours, unit: "ms a table", better: "lower", ...goal, samples: millisATable }],
  };
}

async function againstTemplate(bench: Bench, { quick }: Effort, log: Log): Promise<Section> {
  const fresh = await bench.engine.program("leaves", { template: true });
  const project = await bench.engine.program("project");
  const measures: Measure[] = [];
  for (const tables of quick ? [1] : [1, 10]) {
    const measured = await interleave(
      {
        [template]: async () => {
          await bench.engine.edit(fresh);
          return (await bench.stack(fresh, tables)).measure("preview");
        },
        [templateAgain]: async () => (await bench.stack(fresh, tables)).measure("preview"),
        [ours]: async () => {
          await bench.engine.edit(project);
          return (await bench.stack(project, tables)).measure("preview");
        },
      },
      quick ? 1 : 4,
    );
    const goal = { variant: ours, atMost: 0.5 };
    measures.push(...measuresOf(tablesText(tables), measured, { baseline: template, goal }));
    log(`preview, ${tablesText(tables)}, against the template: done`);
  }
  const note =
    "The same resources by hand as in Pulumi's TypeScript template (ts-node checks the types of a program that was edited; " +
    "no cache of compiled code) against the components with this project's settings and its way with stack traces, edited too.";
  return { title: "Preview against Pulumi's template", note, measures };
}

async function up(bench: Bench, { quick }: Effort, log: Log): Promise<Section> {
  const programs = {
    [byHand]: await bench.engine.program("leaves"),
    [ours]: await bench.engine.program("components"),
    [officialOnly]: await bench.engine.program("plain"),
  };
  const rounds = quick ? { 1: 1 } : { 1: 3, 10: 2, 100: 1 };
  const measures: Measure[] = [];
  for (const [tables, count] of Object.entries(rounds)) {
    const variants = Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [name, () => deploy(bench, program, Number(tables))]),
    );
    const measured = await interleave(variants, count);
    const { stateMb = {} } = measured;
    const goal = { variant: ours, atMost: 1.05 };
    const [wall, ...others] = measuresOf(tablesText(tables), measured, { baseline: byHand, goal });
    measures.push(...(wall ? [wall] : []), ...others, {
      name: tablesText(tables),
      unit: "MB of state",
      better: "lower",
      baseline: byHand,
      samples: stateMb,
    });
    log(`up, ${tablesText(tables)}: done`);
  }
  const note =
    "`pulumi up --skip-preview` of a new stack, to tables of 10 rows that are online and the proof that they can be read " +
    "(**@pulumi/databricks only** waits for neither). State transitions of the workspace take no longer than their work.";
  return { title: "Up", note, measures };
}

async function deploy(bench: Bench, program: Program, tables: number): Promise<Readings> {
  const stack = await bench.stack(program, tables);
  const taken = await stack.measure("up");
  const stateMb = (await stack.state()).length / 1024 ** 2;
  await bench.remove(stack.instance);
  return { ...taken, stateMb };
}
