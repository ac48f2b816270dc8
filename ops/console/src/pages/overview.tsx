// How things stand, as the engine tells it; while it tells nothing, asked again each five seconds.
import { number, t, time } from "../i18n";
import { Badge } from "../parts/badge";
import { useLoad } from "../parts/load";
import { Fault, faultText } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { Sparkline } from "../parts/sparkline";
import { rates, stream, told, useLive } from "../parts/stream";
import { Table } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import { ofThisClinic } from "./routes";
import type { Destination, ListenerRate, Page, Ready, Route, Standing } from "../types";

const every = 5000;

interface TileOf {
  title: string;
  /** What the stream counts. */
  open: keyof Standing["open"];
  /** What is asked while the stream is away. */
  from: string;
  path: string[];
  bad?: boolean;
}

/** How many there are, as the stream counts them; else of the first page, and a plus when there are more. What the engine does not say is not known. */
function Tile({ title, open, from, path, bad }: TileOf) {
  const isAway = stream.value === "away";
  const asked = useLoad<Page<unknown>>(isAway ? from : null, { every });
  const fault = isAway ? asked.fault.value : null;
  if (fault) {
    return (
      <a class="tile bad" href={href(path)} title={faultText(fault)}>
        <strong>?</strong> {title}
      </a>
    );
  }
  const page = isAway ? asked.data.value : null;
  const count = page ? page.items.length : told.value?.open[open] ?? null;
  return (
    <a class={`tile ${count ? (bad ? "bad" : "warn") : ""}`} href={href(path)}>
      <strong>{count === null ? "…" : `${number(count)}${page?.next ? "+" : ""}`}</strong> {title}
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

const soon = 30 * 24 * 3600_000;

/** Of certificates that end within a month. */
function Certificates({ of = [] }: { of: Standing["certificates"] }) {
  const near = of.filter((each) => Date.parse(each.not_after) - Date.now() < soon);
  return (
    <>
      {near.map((each) => {
        const over = Date.parse(each.not_after) < Date.now();
        return (
          <p class={`notice ${over ? "bad" : "warn"}`} key={each.listener}>
            {t(over ? "overview.certificate-over" : "overview.certificate", { listener: each.listener, at: time(each.not_after) })}
          </p>
        );
      })}
    </>
  );
}

const long = (ms: number | undefined) => (ms === undefined ? "–" : `${number(Math.round(ms * 10) / 10)} ms`);

function Listeners({ of }: { of: ListenerRate[] }) {
  if (of.length === 0) return <p class="quiet">{t("overview.no-listeners")}</p>;
  return (
    <Table
      caption={t("overview.listeners")} rows={of} id={(row) => row.listener}
      columns={[
        { head: t("overview.listener"), cell: (row) => <a href={href(["messages"], { listener: row.listener })}>{row.listener}</a> },
        { head: t("overview.connections"), number: true, cell: (row) => number(row.connections) },
        { head: t("overview.per-second"), number: true, cell: (row) => number(Math.round(row.per_second * 10) / 10) },
        {
          head: t("overview.minute"),
          cell: (row) => {
            const last = rates.value[row.listener] ?? [];
            return <Sparkline of={last} label={t("overview.minute-most", { most: Math.round(Math.max(0, ...last) * 10) / 10 })} />;
          },
        },
        { head: t("overview.ack-p50"), number: true, cell: (row) => long(row.ack_ms?.p50) },
        { head: t("overview.ack-p99"), number: true, cell: (row) => long(row.ack_ms?.p99) },
        { head: t("overview.last-at"), cell: (row) => <When at={row.last_at} /> },
      ]}
    />
  );
}

export function OverviewPage() {
  const ready = useLive<Ready>((now) => now.ready, "/ready", { take: [503] });
  const routes = useLive<Page<Route>>((now) => ({ items: now.routes, next: null }), "/api/routes");
  const destinations = useLive<Page<Destination>>((now) => ({ items: now.destinations, next: null }), "/api/destinations");
  const isAway = stream.value === "away";
  const now = isAway ? null : told.value;
  return (
    <PageOf title={t("overview.title")}>
      {isAway && <p class="notice warn">{t("overview.away")}</p>}
      <Readiness of={ready.data} />
      {now && <Certificates of={now.certificates} />}
      <div class="tiles">
        <Tile open="critical" from="/api/critical?limit=50" title={t("overview.critical")} path={["critical"]} bad />
        <Tile open="reviews" from="/api/review?limit=50" title={t("overview.reviews")} path={["review"]} />
        <Tile open="unmapped" from="/api/unmapped?limit=50" title={t("overview.unmapped")} path={["unmapped"]} />
        <Tile open="parked" from="/api/deliveries?state=parked&limit=50" title={t("overview.parked")} path={["destinations"]} />
      </div>
      {now && (
        <Section title={t("overview.listeners")}>
          <p class="hint">{t("overview.of-node", { node: now.node })}</p>
          <Listeners of={now.listeners} />
        </Section>
      )}
      <Section title={t("routes.title")}>
        <Fault of={routes.fault} />
        {routes.data && (
          <Table
            caption={t("routes.title")} rows={ofThisClinic(routes.data.items)} id={(row) => `${row.clinic}/${row.name}`}
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
        <Fault of={destinations.fault} />
        {destinations.data?.items.length === 0 && <p class="quiet">{t("destinations.none")}</p>}
        {destinations.data && destinations.data.items.length > 0 && (
          <Table
            caption={t("destinations.title")} rows={destinations.data.items} id={(row) => row.name}
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
