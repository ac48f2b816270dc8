// Which messages are to be run again; a dry run is what one gets when one says nothing else.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { instant } from "../clock";
import { t, word } from "../i18n";
import { isPerson } from "../session";
import type { Page, Route } from "../types";
import { Confirm } from "./confirm";
import { Choice, Text } from "./field";
import { useLoad } from "./load";

export interface RunOf {
  lab?: string;
  code?: string;
  status?: string;
  route?: string;
}

export function RunDialog({ of, onDone, onClose }: { of: RunOf; onDone: (id: string) => void; onClose: () => void }) {
  const routes = useLoad<Page<Route>>("/api/routes");
  const all = routes.data.value?.items ?? [];
  const lab = useSignal(of.lab ?? "");
  const code = useSignal(of.code ?? "");
  const status = useSignal(of.status ?? "");
  const route = useSignal(of.route ?? "");
  const from = useSignal("");
  const to = useSignal("");
  const reason = useSignal("");
  const dry = useSignal(true);
  const body = Object.fromEntries(Object.entries({
    lab: lab.value.trim(), code: code.value.trim(), status: status.value, route: route.value.trim(),
    from: instant(from.value), to: instant(to.value), reason: reason.value.trim(),
  }).filter(([, text]) => text));
  const ready = Boolean((body.lab || body.status || body.route) && (!body.code || body.lab));
  return (
    <Confirm<{ reprocess: string }>
      title={t("runs.start")} act={dry.value ? t("runs.start-dry") : t("runs.start")} ready={ready}
      effect={dry.value ? t("runs.dry-effect") : t("runs.effect")}
      run={() => ask("POST", `/api/reprocess${dry.value ? "?dry_run=true" : ""}`, body)}
      onDone={(answer) => onDone(answer.reprocess)} onClose={onClose}
    >
      <p class="hint">{t("runs.which-hint")}</p>
      <Text label={t("runs.lab")} value={lab} list={[...new Set(all.flatMap((each) => each.labs))]} autoFocus />
      <Text label={t("runs.code")} value={code} />
      <Choice
        label={t("col.status")} value={status.value} onChange={(value) => (status.value = value)}
        among={[["", t("list.all")], ...["processed", "unmatched", "failed"].map((each): [string, string] => [each, word("status", each)])]}
      />
      <Text label={t("messages.route")} value={route} list={[...new Set(all.map((each) => each.name))]} />
      <Text label={t("list.from")} type="datetime-local" value={from} />
      <Text label={t("list.to")} type="datetime-local" value={to} />
      <Text label={t("col.reason")} value={reason} />
      <label class="check">
        <input
          type="checkbox" checked={dry.value} disabled={!isPerson.value}
          onChange={(event) => (dry.value = event.currentTarget.checked)}
        />
        {t("runs.dry")}
      </label>
      {!isPerson.value && <p class="hint">{t("runs.dry-only")}</p>}
    </Confirm>
  );
}
