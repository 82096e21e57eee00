// Where the examples are.
import { fileURLToPath } from "node:url";

/** Folder of an example, or of all of them. */
export function exampleFolder(example = ""): string {
  return fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url));
}
