// Pages of lists: page_size and an opaque page_token that holds the place after the last element shown.
import { invalidParameter } from "./errors.ts";

/** Largest page, and the size when the client names none. */
const maximumPageSize = 100;

/** One page and the token of the next, if there is one. */
export interface Page<T> {
  items: T[];
  nextPageToken?: string;
}

/** Cuts the page that the request asks for out of elements in the order of their places. */
export function pageOf<T>(
  elements: readonly { place: number; value: T }[],
  query: { page_size?: string | undefined; page_token?: string | undefined },
): Page<T> {
  const size = readPageSize(query.page_size);
  const after = readPageToken(query.page_token);
  const rest = elements.filter((element) => element.place > after);
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const items = shown.map((element) => element.value);
  if (last === undefined || rest.length <= size) return { items };
  return { items, nextPageToken: Buffer.from(`after:${last.place}`).toString("base64url") };
}

function readPageSize(value: string | undefined): number {
  if (value === undefined || value === "") return maximumPageSize;
  const size = Number(value);
  if (!Number.isInteger(size) || size < 0) {
    throw invalidParameter(
      `page_size must be an integer between 1 and ${maximumPageSize}, not ${JSON.stringify(value)}`,
    );
  }
  // 0 means "the service decides"; more than the maximum is cut, as Google's API guidelines have it.
  return size === 0 ? maximumPageSize : Math.min(size, maximumPageSize);
}

function readPageToken(value: string | undefined): number {
  if (value === undefined || value === "") return -1;
  const place = /^after:(\d+)$/.exec(Buffer.from(value, "base64url").toString("utf8"))?.[1];
  if (place === undefined) throw invalidParameter("page_token is not one that this list gave out");
  return Number(place);
}
