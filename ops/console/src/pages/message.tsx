// One message: what was sent, what became of it, and what one can do about it.
import { useSignal } from "@preact/signals";
import { t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { deliveryColumns, useDeliveryActs } from "../parts/deliveries";
import { WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { MessageActs } from "../parts/message_acts";
import { Fault } from "../parts/notice";
import { Facts, Notes, Persons } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Results } from "../parts/results";
import { Segments } from "../parts/segments";
import { Table } from "../parts/table";
import { When } from "../parts/time";
import { Timeline } from "../parts/timeline";
import { href } from "../router";
import { whyNotDecide } from "../session";
import type { LogRow, Message } from "../types";

export function LogFacts({ of }: { of: LogRow }) {
  return (
    <Facts
      rows={[
        [t("col.status"), <Badge kind="status" is={of.status} />],
        [t("messages.received"), <When at={of.received_at} />],
        [t("messages.type"), of.message_type],
        [t("messages.control-id"), <code>{of.control_id}</code>],
        [t("messages.facility"), [of.sending_facility, of.sending_application].filter(Boolean).join(" / ")],
        [t("message.sent-at"), of.message_datetime && <When at={of.message_datetime} />],
        [t("patient.title"), of.patient_id && <a href={href(["messages"], { patient_id: of.patient_id })}>{of.patient_id}</a>],
        [t("messages.route"), of.route],
        [t("message.listener"), [of.listener, of.peer].filter(Boolean).join(" · ")],
        [t("message.ack"), of.ack_code],
        [t("message.config"), of.config_version && <code>{of.config_version}</code>],
        [t("message.part"), of.part && <a href={href(["messages"], { frame: of.part.frame })}>{t("message.part-of", { n: of.part.number, count: of.part.count })}</a>],
        [t("messages.error"), of.error_code && <><strong>{word("error", of.error_code)}</strong> {of.error_where && <code>{of.error_where}</code>} {of.error_message}</>],
      ]}
    />
  );
}

function Raw({ of }: { of: Message }) {
  const exact = useSignal(false);
  if (of.gone) return <p>{t("message.gone")}</p>;
  return (
    <details>
      <summary>{t("message.raw")}</summary>
      {of.raw_base64 && (
        <label class="check">
          <input type="checkbox" checked={exact.value} onChange={(event) => (exact.value = event.currentTarget.checked)} />
          {t("message.exact")}
        </label>
      )}
      <pre tabIndex={0}>{exact.value ? of.raw_base64 : of.raw.replaceAll("\r", "\n")}</pre>
    </details>
  );
}

export function MessagePage({ id }: { id: string }) {
  const one = useLoad<Message>(`/api/messages/${encodeURIComponent(id)}`);
  const { dialog, buttons } = useDeliveryActs(one.reload);
  const of = one.data.value;
  const title = of ? t("message.one", { type: of.message_type }) : t("message.title");
  return (
    <PageOf title={title} acts={of && <MessageActs of={of} onDone={one.reload} />}>
      <p><a href={href(["messages"])}>← {t("messages.title")}</a></p>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          <WhyNot of={whyNotDecide.value} />
          <LogFacts of={of} />
          {of.reviews.length > 0 && (
            <Section title={t("message.reviews")}>
              {of.reviews.map((each) => (
                <div>
                  <a href={href(["review", each.id])}>{word("review-kind", each.kind)}</a> <Badge kind="review-state" is={each.state} />
                  <Notes rows={each.reasons} />
                </div>
              ))}
            </Section>
          )}
          <Section title={t("result.title")}><Results rows={of.results} /></Section>
          <Section title={t("message.segments")}>
            <Segments of={of.segments} />
            <Raw of={of} />
          </Section>
          <Section title={t("trace.title")}><Timeline of={of.trace} /></Section>
          <Section title={t("delivery.title")}>
            {of.deliveries.length === 0
              ? <p class="quiet">{t("delivery.none")}</p>
              : <Table caption={t("delivery.title")} rows={of.deliveries} id={(row) => row.id} columns={deliveryColumns(buttons, false)} />}
          </Section>
          <Section title={t("persons.title")}><Persons links={of.links} corrections={of.corrections} /></Section>
        </>
      )}
      {dialog}
    </PageOf>
  );
}
