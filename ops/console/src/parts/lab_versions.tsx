// How a laboratory's text was before: who changed it and when, what differs, and bringing it back.
import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { whyNotConfigure } from "../session";
import type { Lab, LabVersion } from "../types";
import { Diff } from "./diff";
import { Act } from "./field";
import { plain } from "./line_diff";
import { useLoad } from "./load";
import { Fault } from "./notice";
import { Table } from "./table";
import { When } from "./time";

interface OneOf {
  path: string;
  version: LabVersion;
  now: Lab;
  bringBack: (text: string) => void;
}

function One({ path, version, now, bringBack }: OneOf) {
  const one = useLoad<Lab>(`${path}?version=${encodeURIComponent(version.hash)}`);
  const of = one.data.value;
  return (
    <article class="card">
      <h3>{t("laboratories.version-of")} <When at={version.at} /> {version.by}</h3>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          {version.hash !== now.hash && (
            <Act whyNot={whyNotConfigure.value} onPress={() => bringBack(plain(of.text))}>{t("laboratories.bring-back")}</Act>
          )}
          <h4>{t("laboratories.differs")}</h4>
          <Diff
            title={t("laboratories.differs")} before={plain(of.text)} after={plain(now.text)}
            names={[t("laboratories.only-version"), t("laboratories.only-now")]}
          />
          <details>
            <summary>{t("laboratories.whole")}</summary>
            <pre tabIndex={0} role="region" aria-label={t("laboratories.whole")}>{of.text}</pre>
          </details>
        </>
      )}
    </article>
  );
}

export function LabVersions({ path, now, bringBack }: Omit<OneOf, "version">) {
  const shown = useSignal<string | null>(null);
  const all = now.versions ?? [];
  const version = all.find((each) => each.hash === shown.value);
  if (all.length === 0) return <p class="quiet">{t("laboratories.no-versions")}</p>;
  return (
    <>
      <Table
        caption={t("laboratories.versions")} rows={all} id={(row) => `${row.hash}-${row.at}`}
        columns={[
          { head: t("critical.at"), cell: (row) => <><When at={row.at} /> {row.current && <span class="badge good">{t("laboratories.stands")}</span>}</> },
          { head: t("runs.by"), cell: (row) => row.by ?? "–" },
          { head: t("laboratories.hash"), cell: (row) => <code>{row.hash.slice(0, 12)}</code> },
          { head: t("col.acts"), cell: (row) => (
            <button
              type="button" aria-expanded={shown.value === row.hash}
              onClick={() => (shown.value = shown.value === row.hash ? null : row.hash)}
            >
              {shown.value === row.hash ? t("act.close") : t("list.show")}
            </button>
          ) },
        ]}
      />
      {version && <One key={version.hash} path={path} version={version} now={now} bringBack={bringBack} />}
    </>
  );
}
