// The pure rules of Lakebase: they know no Pulumi, HTTP or SQL.
export * from "./access.ts";
export * from "./app.ts";
export * from "./app-dependencies.ts";
export * from "./app-yaml.ts";
export * from "./capacity.ts";
export * from "./catalog.ts";
export * from "./expected-table.ts";
export * from "./exports.ts";
export * from "./instance.ts";
export * from "./names.ts";
export * from "./packing.ts";
export * from "./problems.ts";
export * from "./refresh-schedule.ts";
export * from "./synced-table.ts";
export * from "./synced-table-index.ts";
