// Routes: what each takes, its chain as a sentence, and pausing it.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { number, t } from "../i18n";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/confirm";
import { Act, WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { Fault, say } from "../parts/notice";
import { CountList } from "../parts/notes";
import { PageOf } from "../parts/page";
import { When } from "../parts/time";
import { clinic, session, whyNotAct } from "../session";
import type { Page, Route } from "../types";

/** With several clinics those of the chosen one: others cannot be paused from here. */
export function ofThisClinic(all: Route[]): Route[] {
  const several = (session.value?.clinics.length ?? 0) > 1;
  return several ? all.filter((each) => each.clinic === clinic.value) : all;
}

function Chain({ of }: { of: Route }) {
  return (
    <p class="chain">
      {t("routes.takes", { what: of.accept.join(", ") || t("routes.everything"), from: of.from.join(", ") })}{" "}
      {of.chain.map((stage, nth) => (
        <>
          {nth > 0 && <span aria-hidden="true"> → </span>}
          <span class="stage">{stage}</span>
        </>
      ))}
      {of.labs.length > 0 && <> {t("routes.labs", { labs: of.labs.join(", ") })}</>}
    </p>
  );
}

export function RoutesPage() {
  const routes = useLoad<Page<Route>>("/api/routes", { every: 5000 });
  const asked = useSignal<{ of: Route; pause: boolean } | null>(null);
  const all = routes.data.value && ofThisClinic(routes.data.value.items);
  const now = asked.value;
  return (
    <PageOf title={t("routes.title")}>
      <Fault of={routes.fault.value} />
      <WhyNot of={whyNotAct.value} />
      {all?.length === 0 && <p class="quiet">{t("routes.none")}</p>}
      {all?.map((each) => (
        <article class="card" key={each.name} data-row="">
          <div class="head">
            <h2>{each.name} <Badge kind="state" is={each.state} /></h2>
            {each.state === "paused"
              ? <Act main whyNot={whyNotAct.value} onPress={() => (asked.value = { of: each, pause: false })}>{t("act.resume")}</Act>
              : <Act whyNot={whyNotAct.value} onPress={() => (asked.value = { of: each, pause: true })}>{t("act.pause")}</Act>}
          </div>
          <Chain of={each} />
          <p>
            {t("routes.at-work")}: {number(each.in_flight)} · {t("routes.waiting")}: {number(each.waiting)} · <CountList of={each.counts} kind="status" />
          </p>
          {each.last_error && <p class="quiet">{t("routes.last-error")}: {each.last_error} <When at={each.last_error_at} /></p>}
        </article>
      ))}
      {now && (
        <Confirm
          title={`${now.pause ? t("act.pause") : t("act.resume")}: ${now.of.name}`} act={now.pause ? t("act.pause") : t("act.resume")}
          effect={now.pause ? t("routes.pause-effect") : t("routes.resume-effect")}
          run={() => ask("POST", `/api/routes/${encodeURIComponent(now.of.name)}/${now.pause ? "pause" : "resume"}`)}
          onDone={() => {
            asked.value = null;
            say(t("notice.done"));
            routes.reload();
          }}
          onClose={() => (asked.value = null)}
        />
      )}
    </PageOf>
  );
}
