// Tables with keyset pages. On a phone each row becomes a card. j and k go from row to row (keys.ts).
// What is long is drawn part by part, as somebody asks for more: what stands below it stays in reach, and nothing but the browser scrolls.
import { useSignal, type ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { mostKept, type LoadedList } from "./load";
import { Fault } from "./notice";

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand at the right. */
  number?: boolean;
}

interface TableOf<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T, nth: number) => string;
  /** Whether the caption is read only, and not shown. */
  quiet?: boolean;
}

/** So many rows are drawn at once, and so many more each time. */
const [first, further] = [100, 200];

/** How many of so many are drawn, and the button that draws more of them. */
export function useDrawn(all: number): { drawn: number; more: ComponentChildren } {
  const asked = useSignal(first);
  const left = all - asked.value;
  const more = left > 0 && (
    <p><button type="button" onClick={() => (asked.value += further)}>{t("list.draw-more", { n: left })}</button></p>
  );
  return { drawn: Math.min(all, asked.value), more };
}

export function Table<T>({ rows, ...of }: TableOf<T>) {
  const { drawn, more } = useDrawn(rows.length);
  return <><Rows {...of} rows={drawn < rows.length ? rows.slice(0, drawn) : rows} />{more}</>;
}

function Rows<T>({ caption, columns, rows, id, quiet = true }: TableOf<T>) {
  return (
    <div class="scrolls" tabIndex={0} role="region" aria-label={caption}>
      <table class="cards">
        <caption class={quiet ? "unseen" : ""}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((each) => (
              <th scope="col" class={each.number ? "number" : ""}>{each.head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, nth) => (
            <tr key={id(row, nth)} data-row="">
              {columns.map((each) => (
                <td data-head={each.head} class={each.number ? "number" : ""}><div>{each.cell(row)}</div></td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ListOf<T> extends Omit<TableOf<T>, "rows"> {
  of: Omit<LoadedList<T>, "data"> & { data: ReadonlySignal<T[] | null> };
  none: string;
}

export function List<T>({ of, none, ...table }: ListOf<T>) {
  const rows = of.data.value;
  // What somebody has asked for page by page is drawn; of what the engine gives at once, a part.
  const { drawn, more } = useDrawn(rows && of.paged.value ? 0 : rows?.length ?? 0);
  return (
    <>
      <Fault of={of.fault.value} />
      {rows === null && of.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {rows?.length === 0 && <p class="quiet">{none}</p>}
      {of.dropped.value > 0 && <p class="hint">{t("list.dropped", { n: of.dropped.value, most: mostKept })}</p>}
      {rows !== null && rows.length > 0 && <Rows {...table} rows={more ? rows.slice(0, drawn) : rows} />}
      {more || <More of={of} />}
    </>
  );
}

export function More({ of }: { of: Pick<LoadedList<unknown>, "next" | "busy" | "more"> }) {
  if (!of.next.value) return null;
  return (
    <p>
      <button type="button" onClick={of.more} disabled={of.busy.value}>
        {of.busy.value ? t("list.loading") : t("list.more")}
      </button>
    </p>
  );
}
