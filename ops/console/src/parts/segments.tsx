// A message field by field. The path of the field under the pointer or the focus is told: `OBX[2]-5`.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { t } from "../i18n";
import { useDrawn } from "./table";

type Segment = { segment: string; fields: string[] };

/** Names as rules write them: `PID-5`; with a number where there are several of a kind. */
function placesOf(all: Segment[]): string[] {
  const counts = new Map<string, number>();
  for (const each of all) counts.set(each.segment, (counts.get(each.segment) ?? 0) + 1);
  const seen = new Map<string, number>();
  return all.map(({ segment }) => {
    const nth = (seen.get(segment) ?? 0) + 1;
    seen.set(segment, nth);
    return counts.get(segment)! > 1 ? `${segment}[${nth}]` : segment;
  });
}

/** One stop for Tab; arrows go from field to field. */
function move(event: KeyboardEvent): void {
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 0, ArrowUp: 0 };
  const by = steps[event.key];
  const from = event.target;
  if (by === undefined || !(from instanceof HTMLElement) || !from.dataset.path) return;
  event.preventDefault();
  const table = from.closest("table")!;
  const all = [...table.querySelectorAll<HTMLElement>("[data-path]")];
  let to: HTMLElement | undefined = all[all.indexOf(from) + by];
  if (by === 0) {
    const row = from.closest("tr")!;
    const near = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    to = near?.querySelector<HTMLElement>("[data-path]") ?? undefined;
  }
  if (!to) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

export function Segments({ of }: { of: Segment[] }) {
  const path = useSignal("");
  const places = useMemo(() => placesOf(of), [of]);
  const { drawn, more } = useDrawn(of.length);
  const look = (event: Event) => {
    const at = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-path]") : null;
    if (at) path.value = at.dataset.path!;
  };
  if (of.length === 0) return <p class="quiet">{t("message.no-segments")}</p>;
  let first = true;
  return (
    <>
      <p class="path" aria-live="polite"><code>{path.value || t("message.path-hint")}</code></p>
      <div class="scrolls">
        <table class="segments" onMouseOver={look} onFocusIn={look} onKeyDown={move}>
          <caption class="unseen">{t("message.segments")}</caption>
          <thead class="unseen">
            <tr><th scope="col">{t("message.segment")}</th><th scope="col">{t("message.fields")}</th></tr>
          </thead>
          <tbody>
            {of.slice(0, drawn).map(({ segment, fields }, nth) => (
              <tr>
                <th scope="row">{segment}</th>
                <td>
                  {fields.map((text, n) => {
                    if (!text) return null;
                    const where = `${places[nth]}-${n + 1}`;
                    const stop = first;
                    first = false;
                    return (
                      <button type="button" class="cell" data-path={where} tabIndex={stop ? 0 : -1} title={where}>
                        <small>{n + 1}</small>{text}
                      </button>
                    );
                  })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </>
  );
}
