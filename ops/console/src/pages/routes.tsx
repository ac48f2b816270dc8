// Routes: what each takes, its chain with what is at work in it, and pausing it. A message can be tried by each.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { number, t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { Chain, type Box } from "../parts/chain";
import { configPlace } from "../parts/config_files";
import { Confirm } from "../parts/confirm";
import { Act, WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { Fault, say } from "../parts/notice";
import { PageOf } from "../parts/page";
import { told, useLive } from "../parts/stream";
import { When } from "../parts/time";
import { Trial } from "../parts/trial";
import { href } from "../router";
import { clinic, isAdmin, session, whyNotAct } from "../session";
import type { Config, Page, Route } from "../types";

/** With several clinics those of the chosen one: others cannot be paused from here. */
export function ofThisClinic(all: Route[]): Route[] {
  const several = (session.value?.clinics.length ?? 0) > 1;
  return several ? all.filter((each) => each.clinic === clinic.value) : all;
}

/** What came at a listener of late, where the stream tells it. */
function arrivals(listener: string): string | undefined {
  const of = told.value?.listeners.find((each) => each.listener === listener);
  return of && t("routes.arrivals", { connections: of.connections, rate: Math.round(of.per_second * 10) / 10 });
}

const ends = ["processed", "unmatched", "failed", "duplicate"];

function boxesOf(of: Route): Box[] {
  const busy = [
    `${t("routes.at-work")}: ${number(of.in_flight)}`, ...(of.waiting > 0 ? [`${t("routes.waiting")}: ${number(of.waiting)}`] : []),
  ].join(" · ");
  const counted = (each: string) => (
    <a key={each} href={href(["messages"], { route: of.name, status: each })}>
      {number(of.counts[each] ?? 0)} {word("status", each)}
    </a>
  );
  return [
    ...of.from.map((each): Box => ({ key: `from ${each}`, name: each, says: arrivals(each), end: true })),
    ...of.chain.map((each, nth): Box => ({ key: each, name: each, says: nth === 0 ? busy : undefined })),
    { key: "ends", name: t("routes.done"), says: ends.filter((each) => each === "processed" || of.counts[each]).map(counted), end: true },
  ];
}

/** The routes' files, where the configuration may be seen. */
function useFiles(): string[] {
  const config = useLoad<Config>(isAdmin.value ? "/api/config" : null);
  return config.data.value?.files.map((each) => each.file) ?? [];
}

function Links({ of, files }: { of: Route; files: string[] }) {
  if (!isAdmin.value) return null;
  const file = `routes/${of.name}.toml`;
  return (
    <ul class="links">
      <li><a href={href(files.includes(file) ? configPlace(file) : ["configuration"])}>{files.includes(file) ? file : t("configuration.title")}</a></li>
      <li><a href={href(["configuration", "shadow"])}>{t("shadow.title")}</a></li>
      <li><a href={href(["configuration"], { to: "versions" })}>{t("laboratories.versions")}</a></li>
    </ul>
  );
}

export function RoutesPage() {
  const routes = useLive<Page<Route>>((now) => ({ items: now.routes, next: null }), "/api/routes");
  const files = useFiles();
  const asked = useSignal<{ of: Route; pause: boolean } | null>(null);
  const trying = useSignal<string | null>(null);
  const all = routes.data && ofThisClinic(routes.data.items);
  const now = asked.value;
  return (
    <PageOf title={t("routes.title")}>
      <Fault of={routes.fault} />
      <WhyNot of={whyNotAct.value} />
      {all === null && <p class="quiet">{t("list.loading")}</p>}
      {all?.length === 0 && <p class="quiet">{t("routes.none")}</p>}
      {all?.map((each) => (
        <article class="card wide" key={`${each.clinic}/${each.name}`} data-row="">
          <div class="head">
            <h2>{each.name} <Badge kind="state" is={each.state} /></h2>
            <div class="acts">
              {isAdmin.value && (
                <button
                  type="button" aria-expanded={trying.value === each.name}
                  onClick={() => (trying.value = trying.value === each.name ? null : each.name)}
                >
                  {t("trial.title")}<span class="unseen"> {each.name}</span>
                </button>
              )}
              {each.state === "paused"
                ? <Act main whyNot={whyNotAct.value} onPress={() => (asked.value = { of: each, pause: false })}>{t("act.resume")}</Act>
                : <Act whyNot={whyNotAct.value} onPress={() => (asked.value = { of: each, pause: true })}>{t("act.pause")}</Act>}
            </div>
          </div>
          <p>
            {t("routes.takes", { what: each.accept.join(", ") || t("routes.everything"), from: each.from.join(", ") })}
            {each.labs.length > 0 && <> {t("routes.labs", { labs: each.labs.join(", ") })}</>}
          </p>
          <Chain label={t("routes.chain")} boxes={boxesOf(each)} />
          {each.last_error && <p class="quiet">{t("routes.last-error")}: {each.last_error} <When at={each.last_error_at} /></p>}
          <Links of={each} files={files} />
          {trying.value === each.name && <Trial draft={false} route={each.name} />}
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
