// Rows of ConnectivityCheck.
import { reach } from "./reach.ts";
import type { Place, Unit } from "./table.ts";

const table = { name: "public.facts", minimumRows: 1, maximumAgeSeconds: 100_000, timestampColumn: "at" };

/** Checks read only: nothing is ever changed by them. */
export const checkUnits = (place: Place): Unit[] => {
  const [port, sslRootCert] = [place.ports[0], place.caFiles[0]];
  return [
    {
      component: "ConnectivityCheck",
      name: "check-place",
      args: {},
      after: ["by-time", "by-lsn"],
      rows: [
        {
          argument: "ConnectivityCheckArgs.instanceName",
          values: ["by-time", "by-lsn", "by-lsn"],
          shown: /instanceName *: "by-time" => "by-lsn"/,
        },
        {
          argument: "ConnectivityCheckArgs.databaseName",
          values: ["one", "two"],
          shown: /databaseName *: "one" => "two"/,
          reset: /databaseName *: "two" => "databricks_postgres"/,
        },
        {
          argument: "ConnectivityCheckArgs.capacity",
          values: ["CU_1", "CU_2"],
          shown: /capacity *: "CU_1" => "CU_2"/,
          reset: /- capacity/,
        },
        ...reach("ConnectivityCheckArgs", place),
        {
          argument: "ConnectivityCheckArgs.trigger",
          values: ["a", "b"],
          shown: /trigger *: "a" => "b"/,
          reset: /- trigger/,
        },
        {
          argument: "ConnectivityCheckArgs.tables",
          values: [
            [table],
            [{ ...table, minimumRows: 2, maximumAgeSeconds: 200_000, timestampColumn: "also_at" }],
          ],
          shown: /minimumRows *: 1 => 2/,
          reset: /- tables/,
        },
        { argument: "ExpectedTableArgs.name", reset: /- *name *: "public\.facts"/ },
        { argument: "ExpectedTableArgs.minimumRows", shown: /minimumRows *: 1 => 2/ },
        { argument: "ExpectedTableArgs.maximumAgeSeconds", shown: /maximumAgeSeconds *: 100000 => 200000/ },
        { argument: "ExpectedTableArgs.timestampColumn", shown: /timestampColumn *: "at" => "also_at"/ },
      ],
      asked: [[], [], []],
    },
    {
      component: "ConnectivityCheck",
      name: "check-stopped",
      args: { instanceName: "source", port, sslRootCert },
      after: ["source"],
      rows: [
        {
          argument: "ConnectivityCheckArgs.stopped",
          values: [false, true],
          shown: /stopped *: false => true/,
          reset: /- stopped/,
        },
      ],
      asked: [[], [], []],
    },
    {
      component: "ConnectivityCheck",
      name: "check-deadline",
      args: { instanceName: "source", port, sslRootCert },
      after: ["source"],
      rows: [{ argument: "ConnectivityCheckArgs.deadlineSeconds", values: [500, 501] }],
      asked: [[], [], []],
    },
  ];
};
