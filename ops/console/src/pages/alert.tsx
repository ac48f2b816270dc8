// One alert, with every step of it.
import { t, word } from "../i18n";
import { ended, shownValue, useAlertActs } from "../parts/alert_acts";
import { Badge } from "../parts/badge";
import { WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { Facts } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Table } from "../parts/table";
import { Clock, When } from "../parts/time";
import { href } from "../router";
import { whyNotDecide } from "../session";
import type { Alert } from "../types";

export function AlertPage({ id }: { id: string }) {
  const one = useLoad<Alert>(`/api/critical/${encodeURIComponent(id)}`, { every: 5000 });
  const { dialog, buttons } = useAlertActs(one.reload);
  const of = one.data.value;
  return (
    <PageOf title={of ? `${of.test_name ?? of.test_code}: ${shownValue(of.value)}` : t("critical.one")} acts={of && buttons(of)}>
      <p><a href={href(["critical"])}>← {t("critical.title")}</a></p>
      <Fault of={one.fault.value} />
      {of && (
        <>
          <WhyNot of={whyNotDecide.value} />
          <Facts
            rows={[
              [t("col.state"), <Badge kind="alert-state" is={of.state} />],
              [t("critical.severity"), <Badge kind="severity" is={of.severity} />],
              [t("critical.why"), word("alert-why", of.why)],
              [t("critical.since"), ended(of.state) ? <When at={of.detected_at} /> : <><Clock since={of.detected_at} /> (<When at={of.detected_at} />)</>],
              [t("critical.due"), of.due_at && <When at={of.due_at} />],
              [t("critical.sent"), [of.value.sent_value, of.value.sent_unit].filter(Boolean).join(" ")],
              [t("critical.was"), of.before && shownValue(of.before)],
              ["LOINC", of.loinc_code],
              [t("result.flag"), of.abnormal_flag && word("flag", of.abnormal_flag)],
              [t("critical.observed"), of.observed_at && <When at={of.observed_at} />],
              [t("patient.title"), of.patient_id ?? t("patient.nobody")],
              [t("critical.has-it"), of.acknowledged_by && <>{of.acknowledged_by} <When at={of.acknowledged_at} /></>],
              [t("critical.read-at"), of.read_back_at && <When at={of.read_back_at} />],
              [t("critical.closed"), of.closed_at && <>{of.closed_by} <When at={of.closed_at} /> {word("outcome", of.outcome)} {of.reason}</>],
              [t("message.title"), of.message_id && <a href={href(["messages", of.message_id])}>{of.where ?? of.message_id.slice(0, 8)}</a>],
              [t("why.title"), of.result_id && <a href={href(["results", of.result_id, "why"])}>{t("result.why")}</a>],
              [t("review.one"), of.review_id && <a href={href(["review", of.review_id])}>{of.review_id.slice(0, 8)}</a>],
              [t("critical.same-as"), of.same_as && <a href={href(["critical", of.same_as])}>{of.same_as.slice(0, 8)}</a>],
            ]}
          />
          <Section title={t("critical.steps")}>
            <Table
              caption={t("critical.steps")} rows={of.steps ?? []} id={(row, nth) => `${row.at}-${nth}`}
              columns={[
                { head: t("critical.at"), cell: (row) => <When at={row.at} /> },
                { head: t("critical.what"), cell: (row) => word("step", row.kind) },
                { head: t("critical.who"), cell: (row) => [row.who ?? row.key, row.role && `(${row.role})`].filter(Boolean).join(" ") },
                { head: t("critical.way"), cell: (row) => [row.channel, row.target].filter(Boolean).join(" → ") },
                { head: t("critical.detail"), cell: (row) => row.detail },
              ]}
            />
          </Section>
        </>
      )}
      {dialog}
    </PageOf>
  );
}
