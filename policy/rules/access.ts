// Policies about who may read what.
import { known } from "../reading.ts";
import type { Resource, ResourcePolicy } from "../types.ts";

/** Groups that mean everybody. */
export interface PublicReadConfig {
  everybody: string[];
}

const grantTypes = ["databricks:index/grant:Grant", "databricks:index/grants:Grants"];
const harmless = new Set(["BROWSE", "USE_CATALOG", "USE_SCHEMA"]);

/** A registered database is not readable by everybody. */
export const noPublicRead: ResourcePolicy<PublicReadConfig> = {
  scope: "resource",
  name: "lakebase-no-public-read",
  description: "No catalog can be read by everybody.",
  reason: "a registered catalog opens the application's database to whoever may select from it",
  fix: "grant to the group that needs it",
  level: "mandatory",
  settings: {
    everybody: {
      type: "array",
      items: { type: "string" },
      description: "Groups that mean everybody.",
      default: ["account users", "users", "All account users"],
    },
  },
  check: (resource, { everybody }) => {
    if (!grantTypes.includes(resource.type)) return [];
    return grantsOf(resource)
      .filter(({ principal }) => everybody.includes(principal))
      .map(({ principal, privileges }) => ({
        principal,
        open: privileges.filter((one) => !harmless.has(one)),
      }))
      .filter(({ open }) => open.length > 0)
      .map(({ principal, open }) => `"${principal}" gets ${open.join(", ")} on ${subject(resource)}`);
  },
};

function grantsOf(resource: Resource): { principal: string; privileges: string[] }[] {
  const many = known(resource, "grants");
  const list: unknown[] = Array.isArray(many)
    ? many
    : [{ principal: known(resource, "principal"), privileges: known(resource, "privileges") }];
  return list.map((one) => {
    const { principal, privileges } = one as { principal?: unknown; privileges?: unknown };
    return {
      principal: String(principal ?? ""),
      privileges: (Array.isArray(privileges) ? privileges : []).map((privilege) =>
        String(privilege).replaceAll(" ", "_"),
      ),
    };
  });
}

function subject(resource: Resource): string {
  for (const kind of ["catalog", "schema", "table"]) {
    const name = known(resource, kind);
    if (typeof name === "string") return `${kind} "${name}"`;
  }
  return `"${resource.name}"`;
}
