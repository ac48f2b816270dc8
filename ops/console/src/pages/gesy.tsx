// The national system: whether it answers, and what became of the clinic's claims.
import { number, span, t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { ClaimState, euros } from "../parts/claims";
import { Choice } from "../parts/field";
import { useList, useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { Facts } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href, place } from "../router";
import type { Claim, GesyStatus } from "../types";

const states = ["draft", "submitted", "under_review", "approved", "partially_approved", "rejected", "paid", "withdrawn"];

function Standing({ of }: { of: GesyStatus }) {
  const { claims } = of;
  return (
    <>
      {of.away_since
        ? <p class="notice bad" role="status">{t("gesy.away")} <When at={of.away_since} /> {of.last_fault && <code>{of.last_fault}</code>}</p>
        : <p><span class="badge good">{t("gesy.answers")}</span></p>}
      <Facts
        rows={[
          [t("gesy.mode"), word("gesy-mode", of.mode)],
          [t("gesy.answered"), of.answered_at && <When at={of.answered_at} />],
          [t("gesy.eligibility"), of.eligibility_age_seconds !== null && t("config.ago", { span: span(of.eligibility_age_seconds) })],
          [t("gesy.waiting"), number(claims.waiting)],
          [t("gesy.oldest"), claims.oldest_waiting_at && <When at={claims.oldest_waiting_at} />],
          [t("gesy.perhaps"), claims.perhaps_sent > 0 && number(claims.perhaps_sent)],
          [t("gesy.parked"), claims.parked > 0 && <a href={href(["destinations"], { destination: "gesy", state: "parked" })}>{number(claims.parked)}</a>],
          [t("gesy.undecided"), number(claims.undecided)],
        ]}
      />
    </>
  );
}

function Claims() {
  const status = place.value.query.get("status") ?? "";
  const rows = useList<Claim>("/gesy/claims", { status, limit: "50" }, 5000);
  return (
    <Section title={t("gesy.claims")}>
      <div class="filters">
        <Choice
          label={t("col.status")} value={status} onChange={(value) => go(["gesy"], { status: value })}
          among={[["", t("list.all")], ...states.map((each): [string, string] => [each, word("claim", each)])]}
        />
      </div>
      <List
        of={rows} caption={t("gesy.claims")} none={t("gesy.none")} id={(row) => row.id}
        columns={[
          { head: t("delivery.created"), cell: (row) => <a href={href(["gesy", row.id])}><When at={row.created_at} /></a> },
          { head: t("gesy.number"), cell: (row) => row.claim_id && <code>{row.claim_id}</code> },
          { head: t("col.status"), cell: (row) => <Badge kind="claim" is={row.status} /> },
          { head: t("gesy.day"), cell: (row) => row.service_date },
          { head: t("gesy.beneficiary"), cell: (row) => row.beneficiary_id },
          { head: t("gesy.claimed"), number: true, cell: (row) => euros(row.total_claimed) },
          { head: t("gesy.approved"), number: true, cell: (row) => euros(row.total_approved) },
          { head: t("gesy.sending"), cell: (row) => <ClaimState of={row} /> },
        ]}
      />
    </Section>
  );
}

export function GesyPage() {
  const one = useLoad<GesyStatus>("/gesy/status", { every: 5000 });
  const of = one.data.value;
  const isNone = one.fault.value?.code === "no-gesy";
  return (
    <PageOf title={t("gesy.title")}>
      {isNone ? <p class="quiet">{t("gesy.not-there")}</p> : <Fault of={one.fault.value} />}
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && <Standing of={of} />}
      {of && <Claims />}
    </PageOf>
  );
}
