// The fixed capacity tiers of a provisioned instance, and what each holds.

/** A capacity tier: its memory is fixed, and changing the tier keeps the data but restarts the compute. */
export interface CapacityTier {
  /** The name that the service takes. */
  capacity: Capacity;
  /** Memory of each node, in GB. */
  memoryGb: number;
}

/** The tiers by name, for programs: `Capacity.CU_2`. Source: the service's documentation. */
export const Capacity = { CU_1: "CU_1", CU_2: "CU_2", CU_4: "CU_4", CU_8: "CU_8" } as const;
/** The name of a tier. */
export type Capacity = (typeof Capacity)[keyof typeof Capacity];

/** Memory of one capacity unit, in GB. */
const memoryGbPerUnit = 16;

/** All tiers, smallest first. */
export const capacityTiers: readonly CapacityTier[] = Object.values(Capacity).map((capacity) => ({
  capacity,
  memoryGb: Number(capacity.slice("CU_".length)) * memoryGbPerUnit,
}));

/** `CU_1 (16 GB), CU_2 (32 GB), …`, for messages. */
export const capacitiesInWords: string = capacityTiers
  .map((tier) => `${tier.capacity} (${tier.memoryGb} GB)`)
  .join(", ");

/** Whether a value is the name of a tier. */
export function isCapacity(value: unknown): value is Capacity {
  return capacityTiers.some((tier) => tier.capacity === value);
}

/** Memory of a tier in GB, or undefined for a tier that this version does not know. */
export function memoryGbOf(capacity: string): number | undefined {
  return capacityTiers.find((tier) => tier.capacity === capacity)?.memoryGb;
}

/**
 * The smallest tier that a mistaken value may have meant: `cu-2`, `2`, `"32 GB"`, `CU_3`.
 * Only used to word a fix, never to accept the value.
 */
export function suggestCapacity(value: unknown): Capacity | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).trim();
  const digits = /(\d+(?:\.\d+)?)/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const amount = Number(digits);
  const isMemory = /g(i?b)?\b/i.test(text) || (amount >= memoryGbPerUnit && !/cu/i.test(text));
  const units = isMemory ? amount / memoryGbPerUnit : amount;
  return capacityTiers.find((tier) => tier.memoryGb / memoryGbPerUnit >= units)?.capacity;
}
