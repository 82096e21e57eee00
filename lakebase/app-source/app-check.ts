// The rules of an app's arguments together with those of its source folder, for arguments that become known in turn.
import path from "node:path";
import { type AppBinding, checkApp, defaultAppResourceKey, type Problem } from "../rules/index.ts";
import { checkAppSource } from "./check.ts";
import { readAppSource } from "./read-folder.ts";

/** What must be known of an app's arguments from the beginning. */
export interface AppCheckOptions {
  /** Relative to the current folder; left out, no source is judged. */
  sourceFolder?: string;
  /** Only whether there are any: what they are may become known later. */
  otherResources?: unknown;
}

/** A check of the members that are known. The folder is read once, now. */
export function appCheck({ sourceFolder, otherResources }: AppCheckOptions) {
  const source = typeof sourceFolder === "string" ? readAppSource(path.resolve(sourceFolder)) : undefined;
  return (known: Record<string, unknown>): Problem[] => {
    if (source === undefined) return checkApp(known);
    const others = otherResources === undefined ? [] : known.otherResources;
    return [...checkApp(known), ...checkAppSource(source, bindingOf(known, others))];
  };
}

function bindingOf(
  { resourceKey, instanceName, databaseName }: Record<string, unknown>,
  others: unknown,
): AppBinding {
  const keys = Array.isArray(others) ? others.map((item) => String(item?.name)) : undefined;
  const isKeyKnown = typeof resourceKey === "string";
  return {
    resourceKey: isKeyKnown ? resourceKey : defaultAppResourceKey,
    ...(isKeyKnown && keys !== undefined ? { otherKeys: keys } : {}),
    ...(typeof instanceName === "string" ? { instanceName } : {}),
    ...(typeof databaseName === "string" ? { databaseName } : {}),
  };
}
