// Every resource the stand-in serves. A new one of the plugin-framework half is a description and a line here.

import type { ResourceDescription } from "../framework/description.ts";
import { FrameworkResource } from "../framework/resource.ts";
import type { Resource } from "../resource.ts";
import { APP } from "./app.ts";
import { DATABASE_CATALOG } from "./database-catalog.ts";
import { DATABASE_INSTANCE } from "./database-instance.ts";
import { JobResource } from "./job.ts";
import { PermissionsResource } from "./permissions.ts";
import { SYNCED_DATABASE_TABLE } from "./synced-database-table.ts";

/** Described resources. */
export const DESCRIPTIONS: readonly ResourceDescription[] = [
  APP,
  DATABASE_CATALOG,
  DATABASE_INSTANCE,
  SYNCED_DATABASE_TABLE,
];

/** All resources, by their token. */
export const RESOURCES: ReadonlyMap<string, Resource> = new Map(
  [
    ...DESCRIPTIONS.map((description) => new FrameworkResource(description)),
    new JobResource(),
    new PermissionsResource(),
  ].map((resource) => [resource.token, resource] as const),
);
