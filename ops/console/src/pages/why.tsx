// How a result came to be what it is: from its value back to the bytes.
import { t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { Facts, Notes, PatientDecision, Persons } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Results } from "../parts/results";
import { Table } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import type { Why } from "../types";

function Bytes({ of }: { of: Why }) {
  if (of.bytes.length === 0) return <p class="quiet">{t("why.no-bytes")}</p>;
  return (
    <Table
      caption={t("why.bytes")} rows={of.bytes} id={(row) => `${row.where}-${row.offset}`}
      columns={[
        { head: t("why.where"), cell: (row) => <code>{row.where}</code> },
        { head: t("why.text"), cell: (row) => <code class="sent">{row.text}</code> },
        { head: t("why.offset"), number: true, cell: (row) => row.offset },
        { head: t("why.length"), number: true, cell: (row) => row.length },
      ]}
    />
  );
}

function FromMessage({ of, message }: { of: Why; message: NonNullable<Why["message"]> }) {
  return (
    <>
      <Section title={t("why.bytes")}>
        <p>
          <a href={href(["messages", message.id])}>{message.message_type} <code>{message.control_id}</code></a>, <When at={message.received_at} />
          {of.segment && <> · <code>{of.segment}</code></>}
        </p>
        <Bytes of={of} />
      </Section>
      <Section title={t("why.rules")}>
        {of.edits.length > 0 && <ul>{of.edits.map((each) => <li><code>{each.rule}</code> {each.edit}: {t("trace.changed", { n: each.changed })}</li>)}</ul>}
        {of.rules.length > 0 ? <Notes rows={of.rules} /> : <p class="quiet">{t("why.no-rules")}</p>}
      </Section>
      <Section title={t("why.row")}>
        {of.row
          ? <p><code>{of.row.file}:{of.row.line}</code> {of.row.code} → LOINC {of.row.loinc}{of.row.unit_if_missing && <> · {t("why.unit-if-missing", { unit: of.row.unit_if_missing })}</>}</p>
          : <p class="quiet">{t("why.no-row")}</p>}
      </Section>
      <Section title={t("trace.patient")}><PatientDecision of={of.patient} /></Section>
      <Section title={t("persons.title")}><Persons links={of.links} corrections={of.corrections} /></Section>
      {of.reviews.length > 0 && (
        <Section title={t("message.reviews")}>
          <ul>
            {of.reviews.map((each) => (
              <li>
                <a href={href(["review", each.id])}>{word("review-kind", each.kind)}</a> <Badge kind="review-state" is={each.state} />{" "}
                {each.action && word("action", each.action)} {each.resolved_by} <When at={each.resolved_at} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

export function WhyPage({ id }: { id: string }) {
  const why = useLoad<Why>(`/api/results/${encodeURIComponent(id)}/why`);
  const of = why.data.value;
  return (
    <PageOf title={of ? t("why.of", { test: of.result.test_name || of.result.test_code }) : t("why.title")}>
      <Fault of={why.fault.value} />
      {!of && why.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          <Results rows={[of.result]} why={false} />
          <Facts
            rows={[
              [t("why.sent"), [of.result.sent.value, of.result.sent.unit, of.result.sent.range && `[${of.result.sent.range}]`, of.result.sent.flag].filter(Boolean).join(" ")],
              [t("why.sent-code"), [of.result.sent.code, of.result.sent.name].filter(Boolean).join(" · ")],
              [t("why.lab"), of.result.performing_lab],
              [t("patient.title"), of.result.patient_id],
              [t("why.comments"), of.result.comments],
            ]}
          />
          {of.message ? <FromMessage of={of} message={of.message} /> : <p class="quiet">{t("why.no-message")}</p>}
          <Section title={t("why.versions")}>
            <Table
              caption={t("why.versions")} rows={of.versions} id={(row) => String(row.version)}
              columns={[
                { head: t("why.version"), number: true, cell: (row) => <>{row.version}{row.current && <> <span class="badge good">{t("why.current")}</span></>}</> },
                { head: t("result.value"), cell: (row) => [row.value_text ?? t("result.no-value"), row.unit].filter(Boolean).join(" ") },
                { head: "LOINC", cell: (row) => row.loinc_code ?? t("result.no-loinc") },
                { head: t("result.status"), cell: (row) => word("result-status", row.result_status) },
                { head: t("why.filed"), cell: (row) => <When at={row.filed_at} /> },
                { head: t("message.title"), cell: (row) => <a href={href(["messages", row.message_id])}>{row.message_id.slice(0, 8)}</a> },
              ]}
            />
          </Section>
        </>
      )}
    </PageOf>
  );
}
