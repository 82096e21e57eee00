// The demo's command line.
import { parseArgs } from "node:util";

/** What the demo is asked to do. */
export type DemoArguments =
  | { readonly action: "run"; readonly keep: boolean }
  | { readonly action: "stop" }
  | { readonly action: "help" }
  | { readonly action: "refuse"; readonly problem: string };

/** Text of `npm run demo -- --help`. */
export const USAGE = `npm run demo -- [options]

Deploys a Lakebase instance on a local workspace with the real Pulumi engine, uses and resizes it, then removes it.

  --keep   leaves everything running and says how to go on with it
  --stop   ends and removes what an earlier --keep left
  --help   this text`;

/** Reads the command line. */
export function parseDemoArguments(args: readonly string[]): DemoArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keep: { type: "boolean", default: false },
        stop: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { action: "help" };
    if (values.keep && values.stop)
      return { action: "refuse", problem: "--keep and --stop exclude each other: give one of them" };
    return values.stop ? { action: "stop" } : { action: "run", keep: values.keep };
  } catch (error) {
    return { action: "refuse", problem: (error as Error).message };
  }
}
