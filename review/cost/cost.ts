// What the compute of each instance costs before and after: in capacity units, and in money with a price table.
import { units } from "../hazards/instance-settings.ts";
import type { Change } from "../model/changes.ts";
import type { Shown } from "../model/values.ts";
import type { PriceTable } from "./price-table.ts";

/** Compute of an instance in one hour; `known: false` where a value will only come with the deployment. */
export type HourlyCost =
  | { readonly known: true; readonly units: number; readonly price?: number }
  | { readonly known: false };

/** What one instance's compute costs. */
export interface InstanceCost {
  /** Name of the instance, old and new when it changes. */
  readonly name: string;
  /** Compute of an hour before the change. */
  readonly before: HourlyCost;
  /** Compute of an hour after it. */
  readonly after: HourlyCost;
}

const nothing = { known: true, units: 0, price: 0 } as const;

/** The instances whose cost changes or may change. */
export function costsOf(changes: readonly Change[], prices?: PriceTable): InstanceCost[] {
  const instances = changes.filter(({ kind }) => kind === "instance");
  const powers = changes.filter(({ kind }) => kind === "power");
  // Making or removing the switch leaves the instance as it is.
  const powersAlone = powers.filter(
    ({ newName, operation }) =>
      operation === "update" && !instances.some((instance) => instance.newName === newName),
  );

  return [
    ...instances.map((change) => {
      const own = powers.filter(({ newName, name }) => newName === change.newName || name === change.name);
      return costOf(change, own, prices);
    }),
    ...powersAlone.map((power) => costOf(power, [power], prices)),
  ].filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after) || !before.known);
}

function costOf(change: Change, powers: readonly Change[], prices: PriceTable | undefined): InstanceCost {
  const { operation } = change;
  const renamed = change.name === change.newName ? change.name : `${change.name} → ${change.newName}`;
  return {
    name: renamed,
    before: operation === "create" ? nothing : hourly((path) => read(change, powers, path, "before"), prices),
    after: operation === "delete" ? nothing : hourly((path) => read(change, powers, path, "after"), prices),
  };
}

/** An instance that the stack lets go of, or takes in, costs what it did. */
function read(
  change: Change,
  powers: readonly Change[],
  path: string,
  side: "before" | "after",
): Shown | undefined {
  const look = change.operation === "forget" ? "before" : change.operation === "import" ? "after" : side;
  const setting = `settings.${path}`;
  if (change.kind === "power") return change[look](path === "stopped" ? path : setting);
  const changing = powers.find(({ properties }) => properties.some(({ name }) => name === setting));
  // A clone's settings are changed there alone; those of others there as well.
  if (changing?.operation === "update") return changing[look](setting);
  const own = change[look](path);
  return path === "stopped" && own === undefined ? powers[0]?.[look](path) : own;
}

function hourly(value: (path: string) => Shown | undefined, prices: PriceTable | undefined): HourlyCost {
  const [capacity, nodes, stopped] = [value("capacity"), value("nodeCount"), value("stopped")];
  if (stopped?.known === true && stopped.value === true) return nothing;
  const each = capacity?.known === true ? units(capacity.value) : undefined;
  const count = nodes === undefined ? 1 : nodes.known ? Number(nodes.value) : undefined;
  if (each === undefined || count === undefined || stopped?.known === false) return { known: false };
  const price = prices?.perHour[String((capacity as { value: unknown }).value)];
  return { known: true, units: each * count, ...(price === undefined ? {} : { price: price * count }) };
}
