// The stack: configuration in, a database with its registration and its proof, exports out.
import "./components/native-stack-traces.ts";
import { LakebaseDatabase, requireWorkspace } from "./components/index.ts";
import { readStackConfiguration } from "./components/stack-configuration.ts";

const { instanceName, protect, ...settings } = readStackConfiguration();
await requireWorkspace();

const database = new LakebaseDatabase("lakebase", { name: instanceName, ...settings }, { protect });

/** What the applications read: `pulumi stack output lakebase --json`. */
export const lakebase = database.exports;
