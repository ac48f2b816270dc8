// One version of the configuration: who made it and why, what differs from what runs, and going back to it.
import { useSignal } from "@preact/signals";
import { number, t } from "../i18n";
import { Publish, whyNotApprove, type PublishAsked } from "../parts/config_publish";
import { FileDifferences, VersionFacts } from "../parts/config_shown";
import { Act, WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { Table } from "../parts/table";
import { go, href } from "../router";
import { whyNotConfigure } from "../session";
import type { ConfigVersion, ConfigVersionWhole } from "../types";

function VersionActs({ of, onPress }: { of: ConfigVersion; onPress: (asked: PublishAsked) => void }) {
  if (of.state === "proposed") {
    return <Act main whyNot={whyNotApprove(of)} onPress={() => onPress({ is: "approve", version: of.id })}>{t("config-act.approve")}</Act>;
  }
  const whyNot = whyNotConfigure.value ?? (of.current ? "config.runs-now" : null);
  return of.state === "withdrawn"
    ? null
    : <Act whyNot={whyNot} onPress={() => onPress({ is: "rollback", version: of.id })}>{t("config-act.rollback")}</Act>;
}

export function ConfigVersionPage({ id }: { id: string }) {
  const one = useLoad<ConfigVersionWhole>(`/api/config/versions/${encodeURIComponent(id)}`);
  const asked = useSignal<PublishAsked | null>(null);
  const of = one.data.value;
  return (
    <PageOf title={t("config.version")} acts={of && <VersionActs of={of} onPress={(what) => (asked.value = what)} />}>
      <p><a href={href(["configuration"])}>← {t("configuration.title")}</a></p>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      <WhyNot of={whyNotConfigure.value} />
      {of && (
        <>
          <VersionFacts of={of} />
          <Section title={t("config.differs-from-running")}>
            <FileDifferences of={of.differences} after={t("laboratories.only-version")} />
          </Section>
          <details>
            <summary>{t("config.all-files", { n: number(of.files.length) })}</summary>
            <Table
              caption={t("config.files")} rows={of.files} id={(row) => row.file}
              columns={[
                { head: t("imports.file"), cell: (row) => row.file },
                { head: t("config.bytes"), number: true, cell: (row) => number(row.bytes) },
                { head: t("config.hash"), cell: (row) => <code>{row.hash}</code> },
              ]}
            />
          </details>
        </>
      )}
      {asked.value && <Publish of={asked.value} onDone={() => go(["configuration"])} onClose={() => {
        asked.value = null;
        one.reload();
      }} />}
    </PageOf>
  );
}
