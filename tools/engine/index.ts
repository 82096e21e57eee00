// Getting the Pulumi engine.
export { engineCacheDir } from "./cache.ts";
export { EngineNotFoundError, type FindEngineOptions, findEngine } from "./find.ts";
export type { Engine, Way } from "./types.ts";
