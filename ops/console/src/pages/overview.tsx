// How things stand. Asks again each five seconds, and rests while the tab is hidden.
import { number, t, time } from "../i18n";
import { Badge } from "../parts/badge";
import { useLoad, type Loaded } from "../parts/load";
import { Fault, faultText } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { Table } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import { ofThisClinic } from "./routes";
import type { Alert, Delivery, Destination, Page, Ready, ReviewItem, Route, Unmapped } from "../types";

const every = 5000;

/** How many there are: of the first page, and a plus when there are more. What the engine does not say is not known. */
function Tile({ from, title, path, bad }: { from: Loaded<Page<unknown>>; title: string; path: string[]; bad?: boolean }) {
  const fault = from.fault.value;
  if (fault) {
    return (
      <a class="tile bad" href={href(path)} title={faultText(fault)}>
        <strong>?</strong> {title}
      </a>
    );
  }
  const of = from.data.value;
  const count = of ? `${number(of.items.length)}${of.next ? "+" : ""}` : "…";
  return (
    <a class={`tile ${of && of.items.length > 0 ? (bad ? "bad" : "warn") : ""}`} href={href(path)}>
      <strong>{count}</strong> {title}
    </a>
  );
}

function Readiness({ of }: { of: Ready | null }) {
  if (!of) return null;
  return (
    <>
      <p><Badge kind="ready" is={of.status} /></p>
      {of.reasons.map((each) => <p class="notice bad">{each}</p>)}
      {of.silent.map((each) => (
        <p class="notice warn">{t("overview.silent", { listener: each.listener, clinic: each.clinic, at: time(each.since) })}</p>
      ))}
      {of.warnings.map((each) => <p class="notice warn">{each}</p>)}
    </>
  );
}

export function OverviewPage() {
  const ready = useLoad<Ready>("/ready", { every, take: [503] });
  const routes = useLoad<Page<Route>>("/api/routes", { every });
  const destinations = useLoad<Page<Destination>>("/api/destinations", { every });
  const reviews = useLoad<Page<ReviewItem>>("/api/review?limit=50", { every });
  const critical = useLoad<Page<Alert>>("/api/critical?limit=50", { every });
  const unmapped = useLoad<Page<Unmapped>>("/api/unmapped?limit=50", { every });
  const parked = useLoad<Page<Delivery>>("/api/deliveries?state=parked&limit=50", { every });
  return (
    <PageOf title={t("overview.title")}>
      <Readiness of={ready.data.value} />
      <div class="tiles">
        <Tile from={critical} title={t("overview.critical")} path={["critical"]} bad />
        <Tile from={reviews} title={t("overview.reviews")} path={["review"]} />
        <Tile from={unmapped} title={t("overview.unmapped")} path={["unmapped"]} />
        <Tile from={parked} title={t("overview.parked")} path={["destinations"]} />
      </div>
      <Section title={t("routes.title")}>
        <Fault of={routes.fault.value} />
        {routes.data.value && (
          <Table
            caption={t("routes.title")} rows={ofThisClinic(routes.data.value.items)} id={(row) => `${row.clinic}/${row.name}`}
            columns={[
              { head: t("routes.name"), cell: (row) => <a href={href(["routes"])}>{row.name}</a> },
              { head: t("col.state"), cell: (row) => <Badge kind="state" is={row.state} /> },
              { head: t("routes.at-work"), number: true, cell: (row) => number(row.in_flight) },
              { head: t("routes.waiting"), number: true, cell: (row) => number(row.waiting) },
              { head: t("status.processed"), number: true, cell: (row) => number(row.counts.processed ?? 0) },
              { head: t("status.unmatched"), number: true, cell: (row) => number(row.counts.unmatched ?? 0) },
              { head: t("status.failed"), number: true, cell: (row) => number(row.counts.failed ?? 0) },
              { head: t("routes.last-error"), cell: (row) => row.last_error && <>{row.last_error} <When at={row.last_error_at} /></> },
            ]}
          />
        )}
      </Section>
      <Section title={t("destinations.title")}>
        <Fault of={destinations.fault.value} />
        {destinations.data.value?.items.length === 0 && <p class="quiet">{t("destinations.none")}</p>}
        {destinations.data.value && destinations.data.value.items.length > 0 && (
          <Table
            caption={t("destinations.title")} rows={destinations.data.value.items} id={(row) => row.name}
            columns={[
              { head: t("destinations.name"), cell: (row) => <a href={href(["destinations"], { destination: row.name })}>{row.name}</a> },
              { head: t("col.state"), cell: (row) => <Badge kind="state" is={row.state} /> },
              { head: t("delivery-state.waiting"), number: true, cell: (row) => number(row.counts.waiting ?? 0) },
              { head: t("delivery-state.inflight"), number: true, cell: (row) => number(row.counts.inflight ?? 0) },
              { head: t("delivery-state.parked"), number: true, cell: (row) => number(row.counts.parked ?? 0) },
              { head: t("destinations.oldest"), cell: (row) => <When at={row.oldest_at} /> },
            ]}
          />
        )}
      </Section>
    </PageOf>
  );
}
