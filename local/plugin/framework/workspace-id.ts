// The workspace that a resource's properties name.
import { isObject, type Properties } from "../protocol/values.ts";

/** `providerConfig.workspaceId`; empty where it is left out or not known. */
export function workspaceIdOf({ providerConfig }: Properties): string {
  const id = isObject(providerConfig) ? providerConfig.workspaceId : null;
  return typeof id === "string" ? id : "";
}
