// What a run does and when, by the seed alone: pure, so that a failing seed can be replayed.
import { createRandom, type Random } from "./random.ts";

/** The stacks, each with an instance of its own. */
export const stackNames = ["orders", "billing"] as const;
/** One of {@link stackNames}. */
export type StackName = (typeof stackNames)[number];

/** The application's processes. */
export const appNames = ["a", "b"] as const;
/** One of {@link appNames}. */
export type AppName = (typeof appNames)[number];

/** How name resolution behaves: as usual, by the second resolver only, not at all. */
export type Dns = "works" | "system-fails" | "all-fail";

const capacities = ["CU_1", "CU_2", "CU_4", "CU_8"] as const;
type Capacity = (typeof capacities)[number];

/** A fault of the REST API, as `POST /local/faults` takes it. */
export interface ApiFault {
  method: string;
  path: string;
  times: number;
  status?: number;
  error_code?: string;
  headers?: Record<string, string>;
  delay_ms?: number;
  drop?: "before" | "after";
  body?: string;
}

/** One thing that happens. */
export type Action =
  | { kind: "kill-workspace" }
  | { kind: "restart-workspace" }
  | { kind: "kill-postgres"; stack: StackName }
  | { kind: "kill-app"; app: AppName }
  | { kind: "rotate-certificate" }
  | { kind: "revoke-tokens" }
  | { kind: "sleep"; hours: number }
  | { kind: "api-fault"; fault: ApiFault }
  | { kind: "dns"; dns: Dns }
  | { kind: "stop-start"; stack: StackName; minutes: number }
  | { kind: "power-cycle"; stack: StackName; minutes: number }
  | { kind: "resize"; stack: StackName; capacity: Capacity }
  | { kind: "up-unchanged"; stack: StackName }
  | { kind: "kill-up"; stack: StackName; capacity: Capacity; afterMillis: number }
  | { kind: "two-ups-of-one-stack"; stack: StackName; capacity: Capacity }
  | { kind: "ups-of-both-stacks"; capacities: Record<StackName, Capacity> }
  | { kind: "kill-workspace-in-up"; stack: StackName; capacity: Capacity; afterMillis: number }
  | { kind: "calm" };

/** The kinds of actions. */
export type ActionKind = Action["kind"];

/** An action and how much simulated time passes before it. */
export interface PlannedAction {
  minutesBefore: number;
  action: Action;
}

/** A whole run. */
export interface Plan {
  seed: number;
  /** The stack whose first deployment is killed when its instance has just been asked for. */
  interrupted: StackName;
  actions: PlannedAction[];
}

/** How large a run is. */
export interface PlanSize {
  actions: number;
  /** Simulated days, spread over the actions. */
  days: number;
  /** Actions between two times when everything must be in order. */
  betweenCalms: number;
}

/** The size of a run that takes about so many minutes on two free cores; a simulated month in any case. */
export function sizeOf(minutes: number): PlanSize {
  return { actions: Math.max(4, Math.round(minutes * 10)), days: 30, betweenCalms: 9 };
}

type Deal = { [K in Exclude<ActionKind, "calm">]: (random: Random) => Extract<Action, { kind: K }> };

const stack = (random: Random): StackName => random.pick(stackNames);
const capacity = (random: Random): Capacity => random.pick(capacities);

const deal: Deal = {
  "kill-workspace": () => ({ kind: "kill-workspace" }),
  "restart-workspace": () => ({ kind: "restart-workspace" }),
  "kill-postgres": (random) => ({ kind: "kill-postgres", stack: stack(random) }),
  "kill-app": (random) => ({ kind: "kill-app", app: random.pick(appNames) }),
  "rotate-certificate": () => ({ kind: "rotate-certificate" }),
  "revoke-tokens": () => ({ kind: "revoke-tokens" }),
  sleep: (random) => ({ kind: "sleep", hours: random.whole(1, 12) }),
  "api-fault": (random) => ({ kind: "api-fault", fault: apiFault(random) }),
  dns: (random) => ({ kind: "dns", dns: random.pick(["system-fails", "all-fail"]) }),
  "stop-start": (random) => ({ kind: "stop-start", stack: stack(random), minutes: random.whole(5, 600) }),
  "power-cycle": (random) => ({ kind: "power-cycle", stack: stack(random), minutes: random.whole(5, 600) }),
  resize: (random) => ({ kind: "resize", stack: stack(random), capacity: capacity(random) }),
  "up-unchanged": (random) => ({ kind: "up-unchanged", stack: stack(random) }),
  "kill-up": (random) => ({
    kind: "kill-up",
    stack: stack(random),
    capacity: capacity(random),
    afterMillis: random.whole(200, 5_000),
  }),
  "two-ups-of-one-stack": (random) => ({
    kind: "two-ups-of-one-stack",
    stack: stack(random),
    capacity: capacity(random),
  }),
  "ups-of-both-stacks": (random) => ({
    kind: "ups-of-both-stacks",
    capacities: { orders: capacity(random), billing: capacity(random) },
  }),
  "kill-workspace-in-up": (random) => ({
    kind: "kill-workspace-in-up",
    stack: stack(random),
    capacity: capacity(random),
    afterMillis: random.whole(500, 5_000),
  }),
};

/** The kinds in one hand; what takes no deployment comes more often, as it does in life. */
const hand: Exclude<ActionKind, "calm">[] = [
  ...(Object.keys(deal) as Exclude<ActionKind, "calm">[]),
  ...(["kill-workspace", "kill-postgres", "kill-postgres", "kill-app", "api-fault", "api-fault"] as const),
  ...(["dns", "rotate-certificate", "revoke-tokens", "sleep", "stop-start", "resize"] as const),
];

function apiFault(random: Random): ApiFault {
  const path = random.pick(["/credentials$", "/api/2.0/database/", "/instances/", "/api/"]);
  const method = path === "/credentials$" ? "POST" : random.pick(["GET", "GET", "PATCH", "POST"]);
  const times = random.whole(1, 12);
  const effect = random.pick<Partial<ApiFault>>([
    { status: 503, error_code: "TEMPORARILY_UNAVAILABLE" },
    { status: 429, error_code: "RESOURCE_EXHAUSTED", headers: { "retry-after": "1" } },
    { status: 500, error_code: "INTERNAL_ERROR" },
    { status: 403, error_code: "PERMISSION_DENIED" },
    { delay_ms: random.whole(100, 2_500) },
    { drop: "before" },
    { drop: "after" },
    { body: "<html>a proxy's page</html>" },
    { body: "{" },
  ]);
  return { method, path, times, ...effect };
}

/** Makes the plan: hands of all kinds of actions, shuffled, with a time of calm now and then and at the end. */
export function makePlan(seed: number, { actions: count, days, betweenCalms }: PlanSize): Plan {
  const random = createRandom(seed);
  const interrupted = stack(random);
  const kinds: Exclude<ActionKind, "calm">[] = [];
  while (kinds.length < count) kinds.push(...random.shuffle(hand));
  const actions = kinds.slice(0, count).flatMap((kind, index): Action[] => {
    const action = deal[kind](random);
    const isCalm = (index + 1) % betweenCalms === 0 && index + 1 < count;
    return isCalm ? [action, { kind: "calm" }] : [action];
  });
  actions.push({ kind: "calm" });
  const shares = actions.map(() => 0.2 + random.next());
  const total = shares.reduce((sum, share) => sum + share, 0);
  const minutes = days * 1_440;
  return {
    seed,
    interrupted,
    actions: actions.map((action, index) => ({
      minutesBefore: Math.round(((shares[index] as number) / total) * minutes),
      action,
    })),
  };
}

/** An action in a few words. */
export function describeAction(action: Action): string {
  const { kind, ...details } = action;
  const words = Object.entries(details).map(([name, value]) =>
    typeof value === "object"
      ? JSON.stringify(value)
      : name.endsWith("Millis")
        ? `after ${value} ms`
        : `${value}`,
  );
  return [kind, ...words].join(" ");
}
