// What stands around every page: who is signed in, for which clinic, where one can go.
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { number, t, type Key } from "./i18n";
import { keysShown, places } from "./keys";
import { Choice } from "./parts/field";
import { Dialog } from "./parts/dialog";
import { Confirm } from "./parts/confirm";
import { Notices } from "./parts/notice";
import { Settings } from "./parts/settings";
import { followStream, told } from "./parts/stream";
import { isConfigFile } from "./parts/config_files";
import { href, place } from "./router";
import { chooseClinic, clinic, isAdmin, session } from "./session";
import { signOut } from "./sitting";
import { AlertPage } from "./pages/alert";
import { AuditPage } from "./pages/audit";
import { ClaimPage } from "./pages/claim";
import { ConfigFilePage } from "./pages/config_file";
import { ConfigVersionPage } from "./pages/config_version";
import { ConfigurationPage } from "./pages/configuration";
import { CriticalPage } from "./pages/critical";
import { DecisionsPage } from "./pages/decisions";
import { DestinationsPage } from "./pages/destinations";
import { EventsPage } from "./pages/events";
import { ExportPage } from "./pages/export";
import { ExportsPage } from "./pages/exports";
import { GesyPage } from "./pages/gesy";
import { ImportPage } from "./pages/import";
import { ImportsPage } from "./pages/imports";
import { JobsPage } from "./pages/jobs";
import { KeysPage } from "./pages/keys";
import { LaboratoriesPage } from "./pages/laboratories";
import { LaboratoryPage } from "./pages/laboratory";
import { MessagePage } from "./pages/message";
import { MessagesPage } from "./pages/messages";
import { NowherePage } from "./pages/nowhere";
import { OverviewPage } from "./pages/overview";
import { ReviewItemPage } from "./pages/review_item";
import { ReviewPage } from "./pages/review";
import { RoutesPage } from "./pages/routes";
import { RunPage } from "./pages/run";
import { RunsPage } from "./pages/runs";
import { ShadowPage } from "./pages/shadow";
import { TryPage } from "./pages/try";
import { UnmappedPage } from "./pages/unmapped";
import { WhyPage } from "./pages/why";

interface Entry {
  name: string;
  title: Key;
  list: ComponentType;
  one?: ComponentType<{ id: string }>;
  admin?: boolean;
  /** What waits there for a person. */
  open?: "critical" | "reviews";
}

const entries: Entry[] = [
  { name: "overview", title: "overview.title", list: OverviewPage },
  { name: "messages", title: "messages.title", list: MessagesPage, one: MessagePage },
  { name: "review", title: "review.title", list: ReviewPage, one: ReviewItemPage, open: "reviews" },
  { name: "critical", title: "critical.title", list: CriticalPage, one: AlertPage, open: "critical" },
  { name: "unmapped", title: "unmapped.title", list: UnmappedPage },
  { name: "laboratories", title: "laboratories.title", list: LaboratoriesPage, one: LaboratoryPage },
  { name: "runs", title: "runs.title", list: RunsPage, one: RunPage },
  { name: "routes", title: "routes.title", list: RoutesPage },
  { name: "configuration", title: "configuration.title", list: ConfigurationPage },
  { name: "destinations", title: "destinations.title", list: DestinationsPage },
  { name: "imports", title: "imports.title", list: ImportsPage, one: ImportPage },
  { name: "events", title: "events.title", list: EventsPage },
  { name: "gesy", title: "gesy.title", list: GesyPage, one: ClaimPage },
  { name: "decisions", title: "decisions.title", list: DecisionsPage },
  { name: "exports", title: "exports.title", list: ExportsPage, one: ExportPage, admin: true },
  { name: "jobs", title: "jobs.title", list: JobsPage, admin: true },
  { name: "audit", title: "audit.title", list: AuditPage, admin: true },
  { name: "keys", title: "api-keys.title", list: KeysPage, admin: true },
];

function Page() {
  const { path } = place.value;
  const [name = "overview", id, what] = path;
  if (name === "results" && id && what === "why") return <WhyPage key={id} id={id} />;
  if (name === "messages" && id && what === "try") return <TryPage key={id} id={id} />;
  if (name === "configuration" && id) {
    if (id === "shadow" && path.length === 2) return <ShadowPage />;
    if (id === "versions" && what && path.length === 3) return <ConfigVersionPage key={what} id={what} />;
    const file = path.slice(1).join("/");
    return isConfigFile(file) ? <ConfigFilePage key={file} file={file} /> : <NowherePage />;
  }
  const entry = entries.find((each) => each.name === name && (!each.admin || isAdmin.value));
  if (!entry || path.length > 2) return <NowherePage />;
  if (!id) return <entry.list key={name} />;
  return entry.one ? <entry.one key={id} id={id} /> : <NowherePage />;
}

function Open({ of }: { of: Entry["open"] }) {
  const count = of && told.value ? told.value.open[of] : 0;
  if (count === 0) return null;
  return <> <span class={`badge ${of === "critical" ? "bad" : "warn"}`}>{number(count)}<span class="unseen"> {t("nav.open")}</span></span></>;
}

function SignOut({ onClose }: { onClose: () => void }) {
  const everywhere = useSignal(false);
  return (
    <Confirm
      title={t("session.sign-out")} act={t("session.sign-out")} onClose={onClose}
      effect={everywhere.value ? t("session.out-everywhere") : t("session.out-here")}
      run={() => signOut(everywhere.value)} onDone={onClose}
    >
      <label class="check">
        <input type="checkbox" checked={everywhere.value} onChange={(event) => (everywhere.value = event.currentTarget.checked)} />
        {t("session.everywhere")}
      </label>
    </Confirm>
  );
}

function Keys() {
  const rows: [string, string][] = [
    ["j  k", t("keys.rows")], ["Enter", t("keys.open")], ["Esc", t("keys.close")], ["?", t("keys.help")],
    ...Object.entries(places).map(([key, name]): [string, string] => [
      `g ${key}`, t(entries.find((each) => each.name === name)!.title)]),
  ];
  const ofReview: [string, string][] = [
    ["1 – 9", t("keys.link")], ["l", t("review.link-other")], ["c", t("review.create")], ["a", t("review.accept")], ["r", t("review.reject")],
    ["p", t("review.reprocess")], ["x", t("review.correct")],
  ];
  const list = (all: [string, string][]) => (
    <dl class="keys">{all.map(([key, text]) => <div><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div>)}</dl>
  );
  return (
    <Dialog title={t("keys.title")} onClose={() => (keysShown.value = false)}>
      {list(rows)}
      <h3>{t("keys.in-review")}</h3>
      {list(ofReview)}
    </Dialog>
  );
}

export function Shell() {
  const leaving = useSignal(false);
  const who = session.value!;
  const here = place.value.path[0] ?? "overview";
  useEffect(followStream, []);
  useEffect(() => { // on a phone the pages are a strip
    document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>{t("nav.skip")}</button>
      <header class="top">
        <a class="brand" href="#/">aorta</a>
        {who.clinics.length > 1 && (
          <Choice
            quiet label={t("session.clinic")} value={clinic.value} onChange={chooseClinic}
            among={who.clinics.map((each) => [each.code, each.name || each.code])}
          />
        )}
        <span class="who" title={who.name}>{who.user ?? who.name}</span>
        <Settings />
        <button type="button" class="plain" onClick={() => (keysShown.value = true)} aria-label={t("keys.title")}>?</button>
        <button type="button" onClick={() => (leaving.value = true)}>{t("session.sign-out")}</button>
      </header>
      <div class="body">
        <nav aria-label={t("nav.title")}>
          <ul>
            {entries.filter((each) => !each.admin || isAdmin.value).map((each) => (
              <li>
                <a href={href([each.name])} aria-current={here === each.name ? "page" : undefined}>{t(each.title)}<Open of={each.open} /></a>
              </li>
            ))}
          </ul>
        </nav>
        <main id="main" tabIndex={-1}>
          <Page />
        </main>
      </div>
      <Notices />
      {keysShown.value && <Keys />}
      {leaving.value && <SignOut onClose={() => (leaving.value = false)} />}
    </>
  );
}
