// The offline stand-in for the official databricks plugin.

export { type Clock, systemClock } from "./clock.ts";
export { type PluginServer, type PluginServerOptions, startPluginServer } from "./server.ts";
export { PLUGIN_VERSION } from "./version.ts";
