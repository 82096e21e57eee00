// The requests of a clean deployment, each as a place where a fault can be aimed at.
import type { Fault, LoggedRequest } from "./units.ts";

/** One request of a deployment, told apart from all others. */
export interface Position {
  /** For people, such as `POST /instances 1`. */
  title: string;
  method: string;
  path: string;
  /** Who asks: the official provider, its wait, or this package. */
  asker: "provider" | "wait" | "package";
  /** Whether path or body name the unit. */
  namesUnit: boolean;
  /** How many of the same kind come before. */
  occurrence: number;
}

const askers = {
  wait: "sdk-feature/long-running",
  provider: "databricks-tf-provider(?!.*long-running)",
  package: "^pulumi-lakebase nodejs/",
} as const;

/** How many of them there are depends on how fast the service is; so many there are in any case. */
const polls: { asker: Position["asker"]; path: RegExp; certain: number }[] = [
  { asker: "wait", path: /\/instances\//, certain: 2 },
  { asker: "package", path: /\/synced_tables\//, certain: 1 },
];

/** Every request that the deployment of one unit made, in order, without polls that another run may not make. */
export function positionsOf(requests: readonly LoggedRequest[], unit: string): Position[] {
  const seen = new Map<string, number>();
  return requests.flatMap(({ method, path, body, user_agent }) => {
    const names = [unit, unit.replace("-", "_")];
    const namesUnit = names.some((name) => `${path}${JSON.stringify(body)}`.includes(name));
    const asker = askerOf(user_agent);
    const general = path.replaceAll(unit, "UNIT").replaceAll(unit.replace("-", "_"), "CATALOG");
    const kind = `${method} ${general} by ${asker}`;
    const occurrence = seen.get(kind) ?? 0;
    seen.set(kind, occurrence + 1);
    const poll = polls.find((one) => one.asker === asker && one.path.test(path));
    if (poll !== undefined && occurrence >= poll.certain) return [];
    const title = `${kind}, ${occurrence + 1}`;
    return [{ title, method, path: general, asker, namesUnit, occurrence }];
  });
}

/** A fault at this position of a unit. */
export function aimAt({ method, path, asker, occurrence }: Position, unit: string, fault: Fault): Fault {
  const catalog = unit.replace("-", "_");
  const exact = path
    .replace(/[.?%+*()[\]{}|^$\\]/g, "\\$&")
    .replaceAll("UNIT", unit)
    .replaceAll("CATALOG", catalog);
  const inPath = path.includes("UNIT") || path.includes("CATALOG");
  return {
    method,
    // The provider's questions end in a bare question mark, which does not reach the server's routes.
    path: `^${exact.replace(/\\\?$/, "")}$`,
    user_agent: askers[asker],
    skip: occurrence,
    ...(inPath || method === "GET" ? {} : { request: `"(${unit}|${catalog})[".]` }),
    ...fault,
  };
}

function askerOf(userAgent: string): Position["asker"] {
  if (userAgent.includes(askers.wait)) return "wait";
  return userAgent.startsWith("pulumi-lakebase nodejs/") ? "package" : "provider";
}
