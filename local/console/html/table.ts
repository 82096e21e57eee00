// A table that is one for everybody: with a caption and headers, and as a list of cards on a narrow screen.
import { html } from "hono/html";

/** A piece of a page; what is put into it is escaped. */
export type Html = ReturnType<typeof html>;

/** A column: its title, and whether it holds numbers. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/**
 * The table. The first cell of a row is its header. Roles are written out, because a table that is laid out as cards
 * would lose them.
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (Html | string | number)[])[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<table role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ title, isNumber }) =>
      html`<th role="columnheader" scope="col" class="${isNumber ? "number" : ""}">${title}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) => html`<tr role="row">${cells.map((cell, index) => renderCell(cell, columns[index], index))}</tr>
`,
  )}</tbody>
</table>`;
}

function renderCell(content: Html | string | number, column: Column | undefined, index: number): Html {
  const { title = "", isNumber } = column ?? {};
  const name = isNumber ? "number" : "";
  return index === 0
    ? html`<th role="rowheader" scope="row" data-title="${title}">${content}</th>`
    : html`<td role="cell" class="${name}" data-title="${title}">${content}</td>`;
}

/** A state with a sign and a colour; the word itself tells it. */
export function badge(kind: "good" | "busy" | "off" | "bad", text: string): Html {
  const signs = { good: "●", busy: "◐", off: "○", bad: "▲" };
  return html`<span class="badge ${kind}"><span aria-hidden="true">${signs[kind]}</span> ${text}</span>`;
}

/** A name that may be broken between its parts, and only there while there is room. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=[._/-])/).map((part) => html`${part}<wbr>`)}`;
}
