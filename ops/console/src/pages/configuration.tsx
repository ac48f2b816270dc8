// The configuration: what runs on which node, who published it and why, one's own draft of it, and how it was before.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { configPlace, folderOf, folders, gesyFile } from "../parts/config_files";
import { Publish, whyNotApprove, type PublishAsked } from "../parts/config_publish";
import { Nodes, VersionFacts, VersionState, whoOf } from "../parts/config_shown";
import { MyDraft, NewFile } from "../parts/config_work";
import { Act, WhyNot } from "../parts/field";
import { useList, useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { List, Table } from "../parts/table";
import { When } from "../parts/time";
import { href, place } from "../router";
import { whyNotConfigure } from "../session";
import type { Config, ConfigFileRow, ConfigVersion } from "../types";

const placeOf = (of: ConfigVersion) => ["configuration", "versions", of.id];

function Running({ of }: { of: Config }) {
  const others = of.published ? of.nodes.filter((each) => !each.runs_published).map((each) => each.node) : [];
  return (
    <>
      <p>{t("config.this-node")} <code>{of.hash}</code> · {t("message.config")} <code>{of.configuration}</code></p>
      <div aria-live="polite">
        {of.differs && <p class="notice warn">{t("config.differs")}</p>}
        {others.length > 0 && <p class="notice warn">{t("config.others-run", { nodes: others.join(", ") })}</p>}
        {of.nodes.map((each) => each.fault && <p class="notice bad breaks">{each.node}: {each.fault}</p>)}
      </div>
      {of.published
        ? <article class="card wide"><h3><a href={href(placeOf(of.published))}>{t("config.published")}</a></h3><VersionFacts of={of.published} /></article>
        : <p class="quiet">{t("config.none-published")}</p>}
      <h3>{t("config.nodes")}</h3>
      <Nodes of={of.nodes} published={of.published !== null} />
    </>
  );
}

function Proposals({ of, onApprove }: { of: ConfigVersion[]; onApprove: (id: string) => void }) {
  return (
    <Section title={t("config.proposals")}>
      {of.map((each) => (
        <article class="card wide" key={each.id} data-row="">
          <h3><a href={href(placeOf(each))}>{t("config.proposal-of", { by: whoOf(each) })}</a></h3>
          <VersionFacts of={each} />
          <div class="acts">
            <a class="button" href={href(placeOf(each))}>{t("config.look")}<span class="unseen"> {each.hash}</span></a>
            <Act main whyNot={whyNotApprove(each)} onPress={() => onApprove(each.id)}>{t("config-act.approve")}</Act>
          </div>
          <WhyNot of={whyNotConfigure.value ? null : whyNotApprove(each)} />
        </article>
      ))}
    </Section>
  );
}

function Files({ of }: { of: ConfigFileRow[] }) {
  const groups = [...new Set([...folders, ...of.map((each) => folderOf(each.file)).filter(Boolean), ""])];
  return (
    <>
      {groups.map((folder) => {
        const rows = of.filter((each) => folderOf(each.file) === folder);
        const title = folder ? word("config-folder", folder) : gesyFile;
        return rows.length > 0 && (
          <div key={folder}>
            <h3>{title}</h3>
            <Table
              caption={title} rows={rows} id={(row) => row.file}
              columns={[
                { head: t("imports.file"), cell: (row) => <a href={href(configPlace(row.file))}>{row.file}</a> },
                { head: t("config.in-draft"), cell: (row) => <Badge kind="config-change" is={row.change} /> },
                { head: t("config.bytes"), number: true, cell: (row) => number(row.bytes) },
                { head: t("config.hash"), cell: (row) => row.hash && <code>{row.hash}</code> },
              ]}
            />
          </div>
        );
      })}
    </>
  );
}

/** Where links to the versions lead. */
const toVersions = "versions";

export function ConfigurationPage() {
  const one = useLoad<Config>("/api/config", { every: 5000 });
  const versions = useList<ConfigVersion>("/api/config/versions", { limit: "50" });
  const asked = useSignal<PublishAsked | null>(null);
  const making = useSignal(false);
  const of = one.data.value;
  const isThere = of !== null;
  useEffect(() => {
    if (isThere && place.value.query.get("to") === toVersions) document.getElementById(toVersions)?.scrollIntoView();
  }, [isThere]);
  const reload = () => {
    asked.value = null;
    one.reload();
    versions.reload();
  };
  return (
    <PageOf
      title={t("configuration.title")}
      acts={of && (
        <>
          <a class="button" href={href(["configuration", "shadow"])}>{t("shadow.title")}</a>
          <Act whyNot={whyNotConfigure.value} onPress={() => (making.value = true)}>{t("config.new")}</Act>
        </>
      )}
    >
      <p>{t("config.lead")}</p>
      <WhyNot of={whyNotConfigure.value} />
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          <Section title={t("config.my-draft")}>
            <MyDraft of={of} onPublish={() => (asked.value = { is: "publish" })} onThrown={reload} />
          </Section>
          {of.proposed.length > 0 && <Proposals of={of.proposed} onApprove={(version) => (asked.value = { is: "approve", version })} />}
          <Section title={t("config.running")}><Running of={of} /></Section>
          <Section title={t("config.files")}><Files of={of.files} /></Section>
          <Section title={t("laboratories.versions")} id={toVersions}>
            <List
              of={versions} caption={t("laboratories.versions")} none={t("laboratories.no-versions")} id={(row) => row.id}
              columns={[
                { head: t("critical.at"), cell: (row) => <a href={href(placeOf(row))}><When at={row.at} /></a> },
                { head: t("col.state"), cell: (row) => <VersionState of={row} /> },
                { head: t("runs.by"), cell: whoOf },
                { head: t("config.approved-by"), cell: (row) => row.approved_by },
                { head: t("col.reason"), cell: (row) => row.reason },
                { head: t("config.hash"), cell: (row) => <code>{row.hash}</code> },
              ]}
            />
          </Section>
        </>
      )}
      {making.value && of && <NewFile taken={of.files.map((each) => each.file)} onClose={() => (making.value = false)} />}
      {asked.value && <Publish of={asked.value} onDone={reload} onClose={() => (asked.value = null)} />}
    </PageOf>
  );
}
