// Every scenario, by the name of its recording.
import { instances } from "./instances.ts";
import { sharing } from "./sharing.ts";
import type { Scenario } from "./types.ts";

/** All scenarios. */
export const scenarios: Record<string, Scenario> = { ...instances, ...sharing };
