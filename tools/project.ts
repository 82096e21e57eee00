// Where this project keeps its things.
import path from "node:path";

/** The folder of this project. */
export const PROJECT_DIR = path.resolve(import.meta.dirname, "..");
/** What a run leaves behind and any later run may find again; ignored by git. */
export const CACHE_DIR = path.join(PROJECT_DIR, ".cache");
/** The project's own PULUMI_HOME: plugins, the selected stack, logs. */
export const PULUMI_HOME = path.join(CACHE_DIR, "pulumi-home");
/** The dev stack's state. */
export const STATE_DIR = path.join(CACHE_DIR, "state");
/** What `npm run local` writes once it serves. */
export const READY_FILE = path.join(CACHE_DIR, "local", "ready.json");
