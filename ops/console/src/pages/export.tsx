// One export: how far it is, and its files.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, askFile } from "../api";
import { number, t } from "../i18n";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/confirm";
import { Act } from "../parts/field";
import { faultOf, jobFacts } from "../parts/job";
import { useLoad } from "../parts/load";
import { Facts } from "../parts/notes";
import { Fault, faultText, say } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { Bar } from "../parts/progress";
import { Table } from "../parts/table";
import { go, href } from "../router";
import type { Export } from "../types";

type File = Export["files"][number];

/** The session is in no address: the file is asked for with the console's header, and then given to whoever sits here. */
async function keep(path: string, file: File, name: string): Promise<void> {
  const place = URL.createObjectURL(await askFile(`${path}/download?file=${file.file}`));
  const link = document.createElement("a");
  link.href = place;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(place), 60_000);
}

function Files({ of, path }: { of: Export; path: string }) {
  const busy = useSignal<number | null>(null);
  const get = async (file: File) => {
    if (busy.value !== null) return;
    busy.value = file.file;
    try {
      await keep(path, file, `${file.type}-${of.id.slice(0, 8)}-${file.file}.ndjson`);
    } catch (why) {
      say(faultText(why), true);
    }
    busy.value = null;
  };
  if (of.files.length === 0) return <p class="quiet">{of.state === "running" ? t("exports.no-files-yet") : t("exports.no-files")}</p>;
  return (
    <Table
      caption={t("exports.files")} rows={of.files} id={(row) => String(row.file)}
      columns={[
        { head: t("exports.type"), cell: (row) => <code>{row.type}</code> },
        { head: t("exports.resources"), number: true, cell: (row) => number(row.resources) },
        {
          head: t("col.acts"),
          cell: (row) => of.state === "done" && (
            <Act onPress={() => void get(row)}>
              {busy.value === row.file ? t("act.working") : t("exports.download")}<span class="unseen"> {row.type} {row.file}</span>
            </Act>
          ),
        },
      ]}
    />
  );
}

export function ExportPage({ id }: { id: string }) {
  const path = `/api/export/bulk/${encodeURIComponent(id)}`;
  const every = useSignal(1000);
  const one = useLoad<Export>(path, { every: every.value });
  const ending = useSignal(false);
  const of = one.data.value;
  const over = of !== null && of.state !== "running";
  useEffect(() => {
    if (over) every.value = 0;
  }, [over]);
  const act = of?.state === "running" ? t("exports.end") : t("exports.delete");
  return (
    <PageOf
      title={t("exports.one")}
      acts={of && (of.state === "running" || of.state === "done") && <Act onPress={() => (ending.value = true)}>{act}</Act>}
    >
      <p><a href={href(["exports"])}>← {t("exports.title")}</a></p>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          {of.state === "running" && <Bar done={0} of={null} />}
          <Facts
            rows={[
              [t("col.state"), <Badge kind="job-state" is={of.state} />],
              [t("exports.resources"), number(of.resources)],
              [t("imports.fault"), faultOf(of)],
              ...jobFacts(of),
            ]}
          />
          <Section title={t("exports.files")}>
            <p class="hint">{t("exports.files-hint")}</p>
            <Files of={of} path={path} />
          </Section>
        </>
      )}
      {ending.value && (
        <Confirm
          title={act} act={act} effect={t("exports.end-effect")} run={() => ask("DELETE", path)}
          onDone={() => {
            say(t("notice.done"));
            go(["exports"]);
          }}
          onClose={() => (ending.value = false)}
        />
      )}
    </PageOf>
  );
}
