// Exports of all that a clinic has, as files of FHIR resources.
import { useComputed, useSignal } from "@preact/signals";
import { ask } from "../api";
import { instant } from "../clock";
import { number, t } from "../i18n";
import { Confirm } from "../parts/confirm";
import { Act, Text } from "../parts/field";
import { JobState } from "../parts/job";
import { useList } from "../parts/load";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href, queryText } from "../router";
import type { AnyJob } from "../types";

/** What an export can hold. */
const types = [
  "Patient", "Observation", "MedicationRequest", "Condition", "Encounter", "Appointment", "DiagnosticReport", "DocumentReference",
  "ImagingStudy", "ServiceRequest", "Practitioner", "Organization", "Location",
];

function NewExport({ onClose }: { onClose: () => void }) {
  const chosen = useSignal<string[]>([]);
  const since = useSignal("");
  const reason = useSignal("");
  const body = {
    ...(chosen.value.length > 0 ? { types: types.filter((each) => chosen.value.includes(each)) } : {}),
    ...(since.value ? { since: instant(since.value) } : {}),
  };
  return (
    <Confirm<{ job: string }>
      title={t("exports.new")} act={t("exports.begin")} effect={t("exports.effect")}
      run={() => ask("POST", `/api/export/bulk${queryText({ reason: reason.value.trim() })}`, body)}
      onDone={(answer) => go(["exports", answer.job])} onClose={onClose}
    >
      <Text label={t("col.reason")} value={reason} autoFocus hint={t("exports.reason-hint")} />
      <Text label={t("exports.since")} type="datetime-local" value={since} hint={t("exports.since-hint")} />
      <fieldset>
        <legend>{t("exports.types")}</legend>
        <p class="hint">{t("exports.types-hint")}</p>
        <div class="choices">
          {types.map((each) => (
            <label class="check" key={each}>
              <input
                type="checkbox" checked={chosen.value.includes(each)}
                onChange={(event) => {
                  chosen.value = event.currentTarget.checked ? [...chosen.value, each] : chosen.value.filter((other) => other !== each);
                }}
              />
              <code>{each}</code>
            </label>
          ))}
        </div>
      </fieldset>
    </Confirm>
  );
}

export function ExportsPage() {
  const rows = useList<AnyJob>("/api/jobs", {}, 5000);
  const making = useSignal(false);
  const exports = useComputed(() => rows.data.value?.filter((each) => each.kind === "export") ?? null);
  return (
    <PageOf title={t("exports.title")} acts={<Act main onPress={() => (making.value = true)}>{t("exports.new")}</Act>}>
      <p>{t("exports.lead")}</p>
      <List
        of={{ ...rows, data: exports }} caption={t("exports.title")} none={t("exports.none")} id={(row) => row.id}
        columns={[
          { head: t("runs.begun"), cell: (row) => <a href={href(["exports", row.id])}><When at={row.created_at} /></a> },
          { head: t("col.state"), cell: (row) => <JobState of={row} /> },
          { head: t("exports.resources"), number: true, cell: (row) => number(row.resources) },
          { head: t("runs.by"), cell: (row) => row.by },
          { head: t("runs.ended"), cell: (row) => <When at={row.ended_at} /> },
          { head: t("runs.expires"), cell: (row) => <When at={row.expires_at} /> },
        ]}
      />
      {making.value && <NewExport onClose={() => (making.value = false)} />}
    </PageOf>
  );
}
