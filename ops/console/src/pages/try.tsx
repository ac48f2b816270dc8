// A message that came, tried by one's own draft.
import { t } from "../i18n";
import { useLoad } from "../parts/load";
import { Fault } from "../parts/notice";
import { PageOf } from "../parts/page";
import { Trial } from "../parts/trial";
import { href } from "../router";
import type { Message } from "../types";

export function TryPage({ id }: { id: string }) {
  const one = useLoad<Message>(`/api/messages/${encodeURIComponent(id)}`);
  const of = one.data.value;
  return (
    <PageOf title={t("trial.title")}>
      <p><a href={href(["messages", id])}>← {t("message.title")}</a></p>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && <Trial draft listener={of.listener} text={of.raw.replaceAll("\r", "\n").trim()} />}
    </PageOf>
  );
}
