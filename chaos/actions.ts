// Carries out the actions of a plan.
import { setTimeout as sleep } from "node:timers/promises";
import type { Action, ActionKind, StackName } from "./plan.ts";
import { stackNames } from "./plan.ts";
import { Violation } from "./violation.ts";
import type { Command, Outcome } from "./world/stack.ts";
import type { World } from "./world/world.ts";

/** A deployment that does not succeed by then, with all faults over, does not converge. */
const deployAttempts = 2;
/** Longer than any token lives. */
const minutesToRevoke = 61;
/** For the applications to notice what was done to them, in real milliseconds. */
const noticeMillis = 400;

type Carry = {
  [K in Exclude<ActionKind, "calm">]: (
    world: World,
    action: Extract<Action, { kind: K }>,
    signal: AbortSignal,
  ) => Promise<void>;
};

const notice = () => sleep(noticeMillis);

const carry: Carry = {
  async "kill-workspace"(world) {
    await world.workspace.kill();
    await notice();
    await world.workspace.start();
  },
  async "restart-workspace"(world) {
    if (!(await world.workspace.stop())) throw new Error("the local workspace did not end by SIGTERM");
    await notice();
    await world.workspace.start();
  },
  async "kill-postgres"(world, { stack }) {
    if ((await world.workspace.killPostgres(world.uid(stack))) > 0) world.counts.postgresKills += 1;
    await notice();
  },
  async "kill-app"(world, { app }) {
    await world.app(app).ask({ ask: "report" });
    await world.app(app).kill();
    world.app(app).start(world.offset);
    await notice();
  },
  async "rotate-certificate"(world) {
    await world.workspace.call("POST", "/local/certificates/rotate");
    await notice();
  },
  // The server's time has come to the end of every token before the clients' time has.
  "revoke-tokens": (world) => world.jump(minutesToRevoke, "workspace", notice),
  sleep: (world, { hours }) => world.jump(hours * 60, "apps", notice),
  async "api-fault"(world, { fault }) {
    await world.workspace.call("POST", "/local/faults", fault);
  },
  async dns(world, { dns }) {
    await Promise.all([...world.apps.values()].map((app) => app.ask({ ask: "dns", dns })));
    await notice();
  },
  async "stop-start"(world, { stack, minutes }, signal) {
    const name = world.stack(stack).instance;
    const power = (stopped: boolean) =>
      world.workspace.call("PATCH", `/api/2.0/database/instances/${name}?update_mask=stopped`, {
        name,
        stopped,
      });
    await power(true);
    await world.workspace.reach(name, "STOPPED");
    await world.pass(minutes, signal);
    await power(false);
    await world.workspace.reach(name, "AVAILABLE");
  },
  async "power-cycle"(world, { stack, minutes }, signal) {
    await change(world, stack, { "lakebase:stopped": true });
    await world.pass(minutes, signal);
    await change(world, stack, { "lakebase:stopped": undefined });
  },
  resize: (world, { stack, capacity }) => change(world, stack, { "lakebase:capacity": capacity }),
  "up-unchanged": (world, { stack }) => change(world, stack, {}),
  async "kill-up"(world, { stack, capacity, afterMillis }) {
    await configure(world, stack, { "lakebase:capacity": capacity });
    await killAfter(world, world.stack(stack).start("up"), afterMillis);
    await deploy(world, stack);
  },
  async "two-ups-of-one-stack"(world, { stack, capacity }) {
    await configure(world, stack, { "lakebase:capacity": capacity });
    const commands = [world.stack(stack).start("up"), world.stack(stack).start("up")];
    const outcomes = await Promise.all(commands.map((command) => command.ended));
    for (const outcome of outcomes) count(world, outcome);
    // Faults may fail either; a lock that lets both in would show in the state, and so in what follows.
    if (!outcomes.some(({ end }) => end === "succeeded")) await deploy(world, stack);
  },
  async "ups-of-both-stacks"(world, { capacities }) {
    await allOf(stackNames.map((stack) => change(world, stack, { "lakebase:capacity": capacities[stack] })));
  },
  async "kill-workspace-in-up"(world, { stack, capacity, afterMillis }) {
    await configure(world, stack, { "lakebase:capacity": capacity });
    const command = world.stack(stack).start("up");
    await Promise.race([sleep(afterMillis), command.ended]);
    await world.workspace.kill();
    await world.workspace.start();
    const outcome = await command.ended;
    count(world, outcome);
    if (outcome.end !== "succeeded") await deploy(world, stack);
  },
};

/** Carries one out; `calm` is not one of them. */
export async function carryOut(
  world: World,
  action: Exclude<Action, { kind: "calm" }>,
  signal: AbortSignal,
): Promise<void> {
  await (carry[action.kind] as (world: World, action: Action, signal: AbortSignal) => Promise<void>)(
    world,
    action,
    signal,
  );
}

/** The first deployment of both stacks at once; one engine is killed when its instance has just been asked for. */
export async function deployFirst(world: World, interrupted: StackName): Promise<void> {
  for (const stack of stackNames) await configure(world, stack, { "lakebase:capacity": "CU_1" });
  await allOf(
    stackNames.map(async (stack) => {
      const command = world.stack(stack).start("up");
      if (stack === interrupted) {
        const name = world.stack(stack).instance;
        while (!command.hasEnded() && !(await world.workspace.instances()).some((one) => one.name === name))
          await sleep(5);
        await killAfter(world, command, 0);
        return deploy(world, stack);
      }
      const outcome = await command.ended;
      count(world, outcome);
      if (outcome.end !== "succeeded") throw new Error(`the first up failed:\n${outcome.output}`);
    }),
  );
  for (const stack of world.stacks.values()) await stack.writeExports();
  for (const { name, uid } of await world.workspace.instances()) world.uids.set(name, uid);
}

/** Ends what makes requests and look-ups fail. */
export async function endFaults(world: World): Promise<void> {
  await world.workspace.call("DELETE", "/local/faults");
  await Promise.all([...world.apps.values()].map((app) => app.ask({ ask: "dns", dns: "works" })));
}

/** Changes settings and deploys; what fails under faults is deployed again without them. */
async function change(world: World, stack: StackName, settings: Record<string, unknown>): Promise<void> {
  await configure(world, stack, settings);
  const outcome = await world.stack(stack).start("up").ended;
  count(world, outcome);
  if (outcome.end !== "succeeded") await deploy(world, stack);
}

/** Deploys after a failure: faults ended, lock removed, an instance that the state does not know adopted. */
export async function deploy(world: World, stack: StackName): Promise<void> {
  await endFaults(world);
  const { adopts = "always" } = world.plant ?? {};
  const isFirst = world.uids.size === 0;
  const adoptExisting = adopts === "always" || (adopts === "at-first" && isFirst) ? true : undefined;
  let last: Outcome | undefined;
  for (let attempt = 1; attempt <= deployAttempts; attempt += 1) {
    await world.stack(stack).cancel();
    await configure(world, stack, { "lakebase:adoptExisting": adoptExisting });
    last = await world.stack(stack).start("up").ended;
    count(world, last);
    if (last.end === "succeeded") return configure(world, stack, { "lakebase:adoptExisting": undefined });
  }
  throw new Violation(
    "convergence after faults",
    `pulumi up of stack ${stack} did not succeed in ${deployAttempts} attempts after the faults; the last one:\n${last?.output}`,
  );
}

const configure = (world: World, stack: StackName, settings: Record<string, unknown>): Promise<void> =>
  world.stack(stack).configure(settings);

/** Waits for all, also when one fails: what goes on alone would still work in a folder that is being removed. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === "rejected") throw result.reason;
}

async function killAfter(world: World, command: Command, milliseconds: number): Promise<void> {
  await Promise.race([sleep(milliseconds), command.ended]);
  const orphans = await command.kill();
  count(world, await command.ended);
  if (orphans.length > 0) throw new Error(`a killed pulumi up left processes:\n${orphans.join("\n")}`);
}

function count(world: World, { end }: Outcome): void {
  world.counts.ups[end] += 1;
}
