// The versions the stand-in stands in for, and its own name; every place that must say them reads them here.

/** Version of the `@pulumi/databricks` package and plugin whose behaviour is reproduced. */
export const PLUGIN_VERSION = "1.110.0";

/** Version of the Terraform provider inside that plugin: the first token of its User-Agent. */
export const TERRAFORM_PROVIDER_VERSION = "1.128.0";

/** Name under which the stand-in is recognisable in every request it sends. */
export const STAND_IN_NAME = "pulumi-lakebase-stand-in";

/** Version of the stand-in itself. */
export const STAND_IN_VERSION = "0.1.0";
