// The console page of the local workspace.
export { type ConsoleOptions, consoleRoutes } from "./routes.ts";
