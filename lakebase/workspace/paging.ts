// Lists that the workspace hands out in pages.
import { listOf, optionalText } from "./wire.ts";

/** The entries of all pages, which `page` asks for by their tokens. */
export async function allPages(
  page: (token: { page_token?: string }) => Promise<unknown>,
  field: string,
): Promise<unknown[]> {
  const entries: unknown[] = [];
  let token: string | undefined;
  do {
    const answer = await page(token === undefined ? {} : { page_token: token });
    entries.push(...listOf(answer, field));
    const next = optionalText(answer, "next_page_token");
    // A server that hands out the same page for ever must not keep us for ever.
    token = next === token ? undefined : next;
  } while (token !== undefined);
  return entries;
}
