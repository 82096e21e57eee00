// Getting the databricks plugin.
export {
  type DatabricksPlugin,
  type EnsurePluginOptions,
  ensureDatabricksPlugin,
  installedVersion,
  PluginNotAvailableError,
} from "./ensure.ts";
