// Registers a database of an instance in Unity Catalog, for lineage, access control and discovery.
import * as databricks from "@pulumi/databricks/databaseDatabaseCatalog.js";
import * as pulumi from "@pulumi/pulumi";
import { checkCatalog } from "../lakebase/rules/index.ts";
import { checkArguments } from "./arguments.ts";
import { catalogCreationHooks } from "./existing-catalog-hook.ts";
import { refuseExplicitProvider } from "./explicit-provider.ts";
import { setLastResources } from "./last-resources.ts";

/** Arguments of {@link LakebaseCatalog}. The service cannot change a registration: a change of any replaces it. */
export interface LakebaseCatalogArgs {
  /** Name of the catalog in Unity Catalog; without dots. A change replaces the registration, never the data. */
  name: pulumi.Input<string>;
  /** Name of the instance. A change replaces the registration. */
  instanceName: pulumi.Input<string>;
  /** PostgreSQL database to register. Default `databricks_postgres`. A change replaces the registration. */
  databaseName?: pulumi.Input<string>;
  /** Whether to create the database if it is missing. Default false. Only looked at when the registration is made. */
  createDatabaseIfNotExists?: pulumi.Input<boolean>;
}

/**
 * A registration: the catalog is read-only in Unity Catalog, and removing it leaves the database as it is.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class LakebaseCatalog extends pulumi.ComponentResource {
  /** Name of the catalog. */
  readonly name: pulumi.Output<string>;
  /** The service's id of the catalog. */
  readonly uid: pulumi.Output<string>;
  /** Name of the instance. */
  readonly instanceName: pulumi.Output<string>;
  /** PostgreSQL database behind the catalog. */
  readonly databaseName: pulumi.Output<string>;

  constructor(name: string, args: LakebaseCatalogArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lakebase:index:LakebaseCatalog", name, {}, opts);
    refuseExplicitProvider(`LakebaseCatalog "${name}"`, this);
    const given = {
      ...args,
      databaseName: args.databaseName ?? "databricks_postgres",
      createDatabaseIfNotExists: args.createDatabaseIfNotExists ?? false,
    };
    const checked = checkArguments(`LakebaseCatalog "${name}"`, given, checkCatalog, [
      "name",
      "instanceName",
    ]);
    const catalog = new databricks.DatabaseDatabaseCatalog(
      name,
      {
        name: checked.name,
        databaseInstanceName: checked.instanceName,
        databaseName: checked.databaseName,
        createDatabaseIfNotExists: checked.createDatabaseIfNotExists,
      },
      {
        parent: this,
        // The service answers 501 to a change, and the provider would try it at every `up`. The flag is left
        // out: it is only read at creation, so changing it alone must not unregister the catalog.
        replaceOnChanges: ["name", "databaseInstanceName", "databaseName"],
        ignoreChanges: ["createDatabaseIfNotExists"],
        // One database has one registration, and the name is taken until the old one is gone.
        deleteBeforeReplace: true,
        hooks: catalogCreationHooks(name, this),
      },
    );
    setLastResources(this, [catalog]);
    this.name = catalog.name;
    this.uid = catalog.uid;
    this.instanceName = catalog.databaseInstanceName;
    this.databaseName = catalog.databaseName;
    this.registerOutputs({
      name: this.name,
      uid: this.uid,
      instanceName: this.instanceName,
      databaseName: this.databaseName,
    });
  }
}
