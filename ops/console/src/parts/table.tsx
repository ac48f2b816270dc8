// Tables with keyset pages. On a phone each row becomes a card. j and k go from row to row (keys.ts).
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Fault } from "./notice";
import type { LoadedList } from "./load";

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

export function Table<T>({ caption, columns, rows, id, quiet = true }: TableOf<T>) {
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
  of: LoadedList<T>;
  none: string;
}

/** Of what the engine gives at once: verdicts come by the thousand. */
const atOnce = 200;

export function List<T>({ of, none, ...table }: ListOf<T>) {
  const all = of.data.value;
  const shown = useSignal(atOnce);
  const rows = all && all.length > shown.value ? all.slice(0, shown.value) : all;
  const hidden = (all?.length ?? 0) - (rows?.length ?? 0);
  return (
    <>
      <Fault of={of.fault.value} />
      {rows === null && of.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {rows?.length === 0 && <p class="quiet">{none}</p>}
      {rows !== null && rows.length > 0 && <Table {...table} rows={rows} />}
      {hidden > 0
        ? <p><button type="button" onClick={() => (shown.value += atOnce)}>{t("list.more")}</button></p>
        : <More of={{ ...of, more: () => { shown.value += atOnce; of.more(); } }} />}
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
