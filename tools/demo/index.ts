// The demo.
export { parseDemoArguments, USAGE } from "./arguments.ts";
export { DemoError } from "./error.ts";
export { stopKept } from "./kept.ts";
export { type DemoOptions, runDemo } from "./run.ts";
