// The server settings of a local instance.

/** Log that is kept of each instance for clones of its past. */
const HISTORY_SIZE = "256MB";

/** Settings a cluster runs with, passed on the command line so that an older data directory gets them too. */
export function serverSettings(clusterName: string, maxConnections: number): Record<string, string> {
  return {
    cluster_name: clusterName,
    // Reached by the gateway only. Relative to the data directory: socket paths are limited to 107 bytes.
    listen_addresses: "",
    unix_socket_directories: SOCKET_FOLDER,
    unix_socket_permissions: "0700",
    port: String(SOCKET_PORT),
    // Beside the clients that the gateway lets in: the workspace's own connections.
    max_connections: String(maxConnections + RESERVED_CONNECTIONS),
    superuser_reserved_connections: String(RESERVED_CONNECTIONS),
    // The lock tables are sized by max_connections × these; defaults would cost 20 MB of memory a server.
    max_locks_per_transaction: "16",
    max_pred_locks_per_transaction: "10",
    shared_buffers: "16MB",
    max_wal_size: "256MB",
    min_wal_size: "5MB",
    // `replica` and the slot are what an online copy (a child of a running parent) needs.
    wal_level: "replica",
    max_wal_senders: "0",
    max_replication_slots: "4",
    max_slot_wal_keep_size: HISTORY_SIZE,
    // Data must survive the machine's crash as well: about 0.2 ms a commit on a local disk.
    fsync: "on",
    autovacuum_max_workers: "1",
    max_worker_processes: "4",
    max_parallel_workers: "2",
    max_logical_replication_workers: "0",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_checkpoints: "off",
    // Statements may carry passwords and customers' data: keep them out of the log.
    log_min_error_statement: "panic",
  };
}

/** Where the server's socket lies, seen from its data directory. */
export const SOCKET_FOLDER = "../socket";

/** Part of the socket's file name; no TCP port. */
export const SOCKET_PORT = 5432;

const RESERVED_CONNECTIONS = 10;
