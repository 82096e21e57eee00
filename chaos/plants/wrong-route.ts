// Loaded into the local workspace before it starts: now and then a client is joined to another instance's server.
import { Cluster } from "../../local/postgres/cluster.ts";

/** Every so many connections one goes astray. */
const every = 25;

const clusters = new Map<string, Cluster>();
const connect = Cluster.prototype.connect;
let connections = 0;

Cluster.prototype.connect = function connectSomewhere(this: Cluster) {
  clusters.set(this.uid, this);
  connections += 1;
  const other = [...clusters.values()].find(({ uid }) => uid !== this.uid);
  const goesAstray = connections % every === 0 && other?.isRunning;
  return connect.call(goesAstray ? other : this);
};
