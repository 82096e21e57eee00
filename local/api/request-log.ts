// The record of API requests that /local/requests shows; never a credential.
import { parseJson } from "./json.ts";

/** One request and its answer. */
export interface LoggedRequest {
  seq: number;
  /** The workspace's time of arrival. */
  time: string;
  method: string;
  /** Path and query, as sent. */
  path: string;
  /** The JSON body, or the text of another kind of body, or null. */
  body: unknown;
  /** The status answered; 0 when the connection was dropped instead. */
  status: number;
  user_agent: string;
  /** Milliseconds until the answer was ready. */
  duration_ms: number;
  /** What a planted fault did to it, in words; missing where none did. */
  fault?: string;
}

/** Entries shown; the oldest go first. */
const capacity = 10_000;

/** The log of one run. */
export interface RequestLog {
  add(entry: Omit<LoggedRequest, "seq">): void;
  all(): LoggedRequest[];
  clear(): void;
}

/** Makes an empty log. */
export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  let seq = 0;
  return {
    add(entry) {
      seq += 1;
      entries.push({ seq, ...entry });
      // Not at each one: that would copy the whole log with every request.
      if (entries.length >= 2 * capacity) entries = entries.slice(-capacity);
    },
    all: () => entries.slice(-capacity),
    clear() {
      entries = [];
    },
  };
}

/** A body for the log: parsed if it is JSON, without the secret of an OAuth client, in a form or by mistake in JSON. */
export function loggableBody(body: string): unknown {
  if (body === "") return null;
  const safe = body
    .replace(/((?:client_secret|client_assertion|assertion)=)[^&]*/gi, "$1***")
    .replace(/("(?:client_secret|client_assertion|assertion)"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi, '$1"***"');
  try {
    return parseJson(safe);
  } catch {
    return safe;
  }
}
