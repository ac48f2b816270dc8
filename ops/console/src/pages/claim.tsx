// One claim: its lines, and every answer of Gesy that was another than the one before.
import { t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { ClaimState, euros } from "../parts/claims";
import { useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { Facts } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Table } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import type { ClaimLine, ClaimWhole } from "../types";

function Verdict({ of }: { of: ClaimLine }) {
  if (of.approved == null) return null;
  return (
    <>
      <span class={`badge ${of.approved ? "good" : "bad"}`}>{of.approved ? word("claim", "approved") : word("claim", "rejected")}</span>{" "}
      {of.approved_amount != null && euros(of.approved_amount)} {of.rejection_reason}
    </>
  );
}

export function ClaimPage({ id }: { id: string }) {
  const one = useLoad<ClaimWhole>(`/gesy/claims/${encodeURIComponent(id)}`, { every: 5000 });
  const of = one.data.value;
  return (
    <PageOf title={of ? t("gesy.one", { number: of.claim_id ?? of.id.slice(0, 8) }) : t("gesy.claims")}>
      <p><a href={href(["gesy"])}>← {t("gesy.title")}</a></p>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          <Facts
            rows={[
              [t("col.status"), <Badge kind="claim" is={of.status} />],
              [t("gesy.sending"), <ClaimState of={of} />],
              [t("gesy.day"), of.service_date],
              [t("gesy.beneficiary"), of.beneficiary_id],
              [t("gesy.referral"), of.referral_id],
              [t("gesy.diagnosis"), of.primary_diagnosis_code && <code>{of.primary_diagnosis_code}</code>],
              [t("gesy.claimed"), euros(of.total_claimed)],
              [t("gesy.approved"), euros(of.total_approved)],
              [t("gesy.paid"), euros(of.total_paid)],
              [t("gesy.rejected-because"), of.rejection_reason],
              [t("delivery.created"), <When at={of.created_at} />],
              [t("gesy.next-look"), of.next_look_at && <When at={of.next_look_at} />],
            ]}
          />
          <Section title={t("gesy.lines")}>
            <Table
              caption={t("gesy.lines")} rows={of.line_items ?? []} id={(_, nth) => String(nth)}
              columns={[
                { head: t("gesy.procedure"), cell: (row) => <><code>{row.procedure_code}</code> {row.procedure_description}</> },
                { head: t("gesy.quantity"), number: true, cell: (row) => row.quantity },
                { head: t("gesy.total"), number: true, cell: (row) => euros(row.total_price) },
                { head: t("gesy.verdict"), cell: (row) => <Verdict of={row} /> },
              ]}
            />
          </Section>
          <Section title={t("gesy.history")}>
            {of.history.length === 0 && <p class="quiet">{t("gesy.no-answers")}</p>}
            {of.history.length > 0 && (
              <Table
                caption={t("gesy.history")} rows={of.history} id={(_, nth) => String(nth)}
                columns={[
                  { head: t("critical.at"), cell: (row) => <When at={row.at} /> },
                  { head: t("col.status"), cell: (row) => <Badge kind="claim" is={row.status} /> },
                  { head: t("gesy.approved"), number: true, cell: (row) => euros(row.claim.total_approved) },
                  { head: t("gesy.paid"), number: true, cell: (row) => euros(row.claim.total_paid) },
                  { head: t("gesy.rejected-because"), cell: (row) => row.claim.rejection_reason },
                ]}
              />
            )}
          </Section>
        </>
      )}
    </PageOf>
  );
}
