// The kinds of objects that permissions can be set on, and what a list of permissions must satisfy.

import { type Attributes, PROVIDER_CONFIG } from "../framework/description.ts";
import { type Properties, UNKNOWN } from "../protocol/values.ts";
import type { ChangeKind } from "../resource.ts";
import { entryKey, toEntries } from "./access-list.ts";

/** A kind of object. */
export interface ObjectKind {
  property: string;
  terraformField: string;
  /** Path segment, object type and first part of the id. */
  segment: string;
}

/** The kinds served here. */
export const KINDS: readonly ObjectKind[] = [
  {
    property: "databaseInstanceName",
    terraformField: "database_instance_name",
    segment: "database-instances",
  },
  { property: "databaseProjectName", terraformField: "database_project_name", segment: "database-projects" },
  { property: "appName", terraformField: "app_name", segment: "apps" },
];
const LEVELS = ["CAN_MANAGE", "CAN_USE"];

/** Inputs and outputs, for checks and for the schema. */
export const PERMISSIONS_ATTRIBUTES: Attributes = {
  accessControls: {
    type: {
      list: {
        object: {
          groupName: { type: "string", given: "optional" },
          permissionLevel: { type: "string", given: "optional" },
          servicePrincipalName: { type: "string", given: "optional" },
          userName: { type: "string", given: "optional" },
        },
      },
    },
    given: "required",
    description: "Who may do what.",
  },
  ...Object.fromEntries(
    KINDS.map(({ property }) => [property, { type: "string", given: "optional", replaces: true }] as const),
  ),
  objectType: { type: "string", given: "optional or server" },
  providerConfig: PROVIDER_CONFIG,
};

/** Refuses a level that the object does not know; the official plugin does so when it plans. */
export function checkLevels(inputs: Properties): void {
  const kind = KINDS.find(({ property }) => (inputs[property] ?? null) !== null);
  for (const { permissionLevel: level } of toEntries(inputs.accessControls)) {
    if (!kind || !level || level === UNKNOWN || LEVELS.includes(level)) continue;
    throw new Error(
      `permission_level ${level} is not supported with ${kind.terraformField} objects; ` +
        `allowed levels: ${LEVELS.join(", ")}`,
    );
  }
}

/** How the entries differ, by their place in the list. */
export function diffEntries(state: Properties, inputs: Properties): Record<string, ChangeKind> {
  if (inputs.accessControls === UNKNOWN) return { accessControls: "update" };
  const before = toEntries(state.accessControls);
  const after = toEntries(inputs.accessControls);
  const beforeKeys = new Set(before.map(entryKey));
  const afterKeys = new Set(after.map(entryKey));
  const changes: Record<string, ChangeKind> = {};
  before.forEach((entry, index) => {
    if (!afterKeys.has(entryKey(entry))) changes[`accessControls[${index}]`] = "delete";
  });
  after.forEach((entry, index) => {
    const path = `accessControls[${index}]`;
    if (!beforeKeys.has(entryKey(entry))) changes[path] = path in changes ? "update" : "add";
  });
  return changes;
}

/** The kind of object that the inputs name. */
export function kindOf(inputs: Properties): ObjectKind {
  const kind = KINDS.find(({ property }) => typeof inputs[property] === "string");
  if (kind) return kind;
  throw new Error(`one of ${KINDS.map(({ property }) => property).join(", ")} must be given`);
}

/** Where the permissions of an object are. */
export function pathOf(id: string): string {
  return `/api/2.0/permissions${id.split("/").map(encodeURIComponent).join("/")}`;
}
