// Two texts beside each other: only what differs, with a few lines around it.
import { useMemo } from "preact/hooks";
import { t } from "../i18n";
import { lineDiff, type DiffLine } from "./line_diff";

interface Numbered extends DiffLine {
  /** Its number in the first text and in the second. */
  first: number | null;
  second: number | null;
}

/** Lines around what differs. */
const around = 3;

/** Numbers stand for so many lines that are the same and are left out. */
function shownOf(all: DiffLine[]): (Numbered | number)[] {
  const near = new Set<number>();
  all.forEach((each, nth) => {
    if (each.is !== "same") for (let n = nth - around; n <= nth + around; n += 1) near.add(n);
  });
  const out: (Numbered | number)[] = [];
  let first = 0;
  let second = 0;
  all.forEach((each, nth) => {
    if (each.is !== "after") first += 1;
    if (each.is !== "before") second += 1;
    const last = out[out.length - 1];
    if (near.has(nth)) out.push({ ...each, first: each.is === "after" ? null : first, second: each.is === "before" ? null : second });
    else if (typeof last === "number") out[out.length - 1] = last + 1;
    else out.push(1);
  });
  return out;
}

interface DiffOf {
  title: string;
  before: string;
  after: string;
  /** What a line is that only the first has, and only the second. */
  names: [string, string];
}

export function Diff({ title, before, after, names }: DiffOf) {
  const rows = useMemo(() => {
    const all = lineDiff(before, after);
    return all.every((each) => each.is === "same") ? [] : shownOf(all);
  }, [before, after]);
  if (rows.length === 0) return <p class="quiet">{before === after ? t("compare.nothing") : t("compare.only-end")}</p>;
  return (
    <>
      <p class="hint">− {names[0]} · + {names[1]}</p>
      <div class="scrolls diff" tabIndex={0} role="region" aria-label={title}>
        <table>
          <caption class="unseen">{title}</caption>
          <thead class="unseen">
            <tr>
              <th scope="col">{t("compare.first")}</th><th scope="col">{t("compare.second")}</th>
              <th scope="col">{t("compare.which")}</th><th scope="col">{t("compare.line")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => typeof each === "number"
              ? <tr><td colSpan={4} class="quiet">{t("compare.same", { n: each })}</td></tr>
              : (
                <tr class={each.is === "before" ? "bad" : each.is === "after" ? "good" : ""}>
                  <td class="number">{each.first}</td>
                  <td class="number">{each.second}</td>
                  <td>
                    <span aria-hidden="true">{each.is === "before" ? "−" : each.is === "after" ? "+" : ""}</span>
                    {each.is !== "same" && <span class="unseen">{names[each.is === "before" ? 0 : 1]}</span>}
                  </td>
                  <td>{each.text}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
