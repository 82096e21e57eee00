// The plugin: its configuration, its resources and functions, apart from the protocol that carries them.

import type { Clock } from "./clock.ts";
import { KNOWN_ARGUMENTS, resolveSettings, type Surroundings } from "./connection/settings.ts";
import { openWorkspace, type Workspace } from "./connection/workspace.ts";
import type { CheckFailure } from "./framework/check.ts";
import { checkArguments, FUNCTIONS } from "./functions.ts";
import { EngineLog } from "./protocol/engine-log.ts";
import { hasUnknown, type Properties, sameValue, UNKNOWN } from "./protocol/values.ts";
import type { Resource } from "./resource.ts";
import { RESOURCES } from "./resources/index.ts";
import { PLUGIN_VERSION } from "./version.ts";

// Entries the engine itself puts among a provider's inputs.
const ENGINE_ENTRIES = new Set([
  "__internal",
  "version",
  "pluginDownloadURL",
  "pluginChecksums",
  "parameterization",
]);

const ANNOUNCEMENT =
  `databricks ${PLUGIN_VERSION}: this is the offline stand-in of pulumi-lakebase, not the official plugin; ` +
  "it serves the Lakebase resources only";

/** The state of one plugin process. */
export class Plugin {
  readonly #clock: Clock;
  readonly #surroundings: Surroundings;
  readonly #log = new EngineLog();
  #workspace: Workspace | undefined;
  #abort = new AbortController();
  #announced = false;

  constructor(clock: Clock, surroundings: Surroundings) {
    this.#clock = clock;
    this.#surroundings = surroundings;
  }

  /** The workspace of the last Configure. */
  get workspace(): Workspace {
    if (!this.#workspace) throw new Error("the databricks provider is not configured");
    return this.#workspace;
  }

  /** Directs log messages to the engine at that address. */
  attach(engineAddress: string): void {
    this.#log.connect(engineAddress);
  }

  /** What is wrong with the provider's arguments. */
  checkConfig(inputs: Properties): CheckFailure[] {
    return Object.keys(inputs)
      .filter((name) => !KNOWN_ARGUMENTS.has(name) && !ENGINE_ENTRIES.has(name))
      .map((name) => ({ property: name, reason: `unknown provider argument "${name}"` }));
  }

  /** The provider's arguments that differ. None replaces the provider. */
  diffConfig(before: Properties, after: Properties): string[] {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names]
      .filter((name) => !ENGINE_ENTRIES.has(name) && !sameValue(before[name], after[name]))
      .sort();
  }

  /** Takes the provider's arguments and opens the workspace. */
  async configure(inputs: Properties): Promise<void> {
    this.#workspace?.close();
    this.#workspace = undefined;
    if (!this.#announced) {
      this.#announced = true;
      await this.#log.info(ANNOUNCEMENT);
    }
    const settings = resolveSettings(asText(inputs), this.#surroundings);
    this.#abort = new AbortController();
    this.#workspace = await openWorkspace(settings, this.#clock, this.#abort);
  }

  /** The resource with that token. */
  resource(token: string): Resource {
    const resource = RESOURCES.get(token);
    if (resource) return resource;
    throw new Error(
      `the offline stand-in for the databricks plugin does not serve ${token}; it serves ` +
        `${[...RESOURCES.keys()].join(", ")}. Install the official plugin to use other resources`,
    );
  }

  /** Runs a function. */
  async invoke(
    token: string,
    inputs: Properties,
  ): Promise<{ properties: Properties; failures: CheckFailure[] }> {
    const plugged = FUNCTIONS.get(token);
    if (!plugged) {
      throw new Error(
        `the offline stand-in for the databricks plugin does not serve ${token}; it serves ` +
          `${[...FUNCTIONS.keys()].join(", ")}. Install the official plugin to use other functions`,
      );
    }
    const failures = checkArguments(plugged, inputs);
    if (failures.length > 0) return { properties: {}, failures };
    if (hasUnknown(inputs)) {
      return {
        properties: Object.fromEntries(Object.keys(plugged.outputs).map((name) => [name, UNKNOWN])),
        failures,
      };
    }
    return { properties: await plugged.run(this.workspace, inputs), failures };
  }

  /** Ends what is under way, an unanswered Configure included. */
  cancel(): void {
    this.#abort.abort();
  }

  /** Ends everything. */
  close(): void {
    this.#abort.abort();
    this.#workspace?.close();
    this.#log.close();
  }
}

/** Provider arguments are texts on the wire; numbers are accepted too. What is unknown in a preview is not there yet. */
function asText(inputs: Properties): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (value === null || value === UNKNOWN || typeof value === "object") continue;
    texts[name] = String(value);
  }
  return texts;
}
