// The part of a dynamic resource that Pulumi writes into the state: so small that it need never change.
import * as pulumi from "@pulumi/pulumi";

/** The serialised object, typed so that its text needs no annotation of its own. */
interface Shell {
  kind: string;
  config?: unknown;
  configure(request: { config: unknown }): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: the loaded module is typed where it is written
  load(): any;
  check(olds: unknown, news: unknown): Promise<unknown>;
  diff(id: string, olds: unknown, news: unknown): Promise<unknown>;
  create(inputs: unknown): Promise<unknown>;
  read(id: string, props: unknown): Promise<unknown>;
  update(id: string, olds: unknown, news: unknown): Promise<unknown>;
  delete(id: string, props: unknown): Promise<unknown>;
}

/**
 * The provider that is serialised into each dynamic resource's `__provider`. Three rules keep it from harm:
 * its text is the same on every machine and in every release (the providers' own `diff` does not look at it,
 * so even a changed text is no update); it captures nothing but `kind`, so that no path, module or secret gets
 * into the state; and it loads its logic when it runs, from the package that the program has installed, so
 * that a refresh or a deletion never runs the code of an old release. A test pins the text.
 */
function shell(
  kind: "access" | "connectivity" | "identity" | "permissions" | "pipeline" | "power" | "syncedTable",
): pulumi.dynamic.ResourceProvider {
  const provider: Shell = {
    kind,
    async configure(request) {
      this.config = request.config;
    },
    load() {
      const { createRequire } = process.getBuiltinModule("node:module");
      return createRequire(`${process.cwd()}/`)("pulumi-lakebase/provider")[this.kind](this.config);
    },
    async check(olds, news) {
      return this.load().check(olds, news);
    },
    async diff(id, olds, news) {
      return this.load().diff(id, olds, news);
    },
    async create(inputs) {
      return this.load().create(inputs);
    },
    async read(id, props) {
      return this.load().read(id, props);
    },
    async update(id, olds, news) {
      return this.load().update(id, olds, news);
    },
    async delete(id, props) {
      return this.load().delete(id, props);
    },
  };
  return provider as pulumi.dynamic.ResourceProvider;
}

/** The shell around `lakebase/provider/access.ts`. */
export const accessShell = shell("access");
/** The shell around `lakebase/provider/connectivity.ts`. */
export const connectivityShell = shell("connectivity");
/** The shell around `lakebase/provider/identity.ts`. */
export const identityShell = shell("identity");
/** The shell around `lakebase/provider/permissions.ts`. */
export const permissionsShell = shell("permissions");
/** The shell around `lakebase/provider/pipeline.ts`. */
export const pipelineShell = shell("pipeline");
/** The shell around `lakebase/provider/power.ts`. */
export const powerShell = shell("power");
/** The shell around `lakebase/provider/synced-table.ts`. */
export const syncedTableShell = shell("syncedTable");

/**
 * The provider of the instance makes every id unknown in the preview of any update, even of a tag. It only tells
 * replacements apart here, so its going unknown is kept out of the displayed diff.
 */
export function quiet(opts: pulumi.CustomResourceOptions | undefined): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(opts, { hideDiffs: ["instanceUid"] });
}
