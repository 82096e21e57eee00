// The console page of the local workspace.
export { consoleRoutes } from "./routes.ts";
