// Rows of the arguments that say how a database is reached, which several components share.
import type { Place, Row } from "./table.ts";

/** How the database is reached: none of it is sent, and each is changed to another way to the same place. */
export const reach = (owner: string, { apiUrl, ports, caFiles }: Place): Row[] => [
  // Without it the service's own port is meant, where nothing listens here.
  {
    argument: `${owner}.port`,
    values: [...ports, ports[1]],
    shown: new RegExp(`port *: ${ports[0]} => ${ports[1]}`),
  },
  {
    argument: `${owner}.sslRootCert`,
    values: [...caFiles, caFiles[1]],
    shown: /sslRootCert *: ".*" => ".*"/,
  },
  {
    argument: `${owner}.hostAddress`,
    values: ["127.0.0.1", "::ffff:127.0.0.1"],
    shown: /hostAddress *: "127\.0\.0\.1" => "::ffff:127\.0\.0\.1"/,
    reset: /- hostAddress/,
  },
  {
    argument: `${owner}.workspaceHost`,
    values: [apiUrl, apiUrl.replace("127.0.0.1", "localhost")],
    shown: /workspaceHost *: "http:\/\/127.* => "http:\/\/localhost/,
    reset: /- workspaceHost/,
  },
  {
    argument: `${owner}.profile`,
    values: ["one", "two"],
    shown: /profile *: "one" => "two"/,
    reset: /- profile/,
  },
  {
    argument: `${owner}.instanceUid`,
    values: ["uid-1", "uid-2"],
  },
];
