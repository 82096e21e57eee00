// Reads `.databrickscfg`: sections of `name = value` lines.

import { readFileSync } from "node:fs";

/** The profiles of a configuration file, by name. */
export type Profiles = Record<string, Record<string, string>>;

/** Reads the file; `undefined` when there is none. */
export function readProfiles(path: string): Profiles | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cannot parse config file: ${(error as Error).message}`);
  }
  return parseProfiles(text);
}

/** Parses the text of a configuration file. Lines before the first section belong to `DEFAULT`. */
function parseProfiles(text: string): Profiles {
  const profiles: Profiles = {};
  let section = "DEFAULT";
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const header = /^\[(.*)\]$/.exec(line);
    if (header) {
      section = header[1]!.trim();
      continue;
    }
    const separator = line.indexOf("=");
    if (separator < 0) continue;
    profiles[section] ??= {};
    profiles[section]![line.slice(0, separator).trim()] = line.slice(separator + 1).trim();
  }
  return profiles;
}
