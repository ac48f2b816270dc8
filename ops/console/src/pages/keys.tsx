// Keys of the API: who may do what, new ones, and revoking.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { t } from "../i18n";
import { Confirm } from "../parts/confirm";
import { Act } from "../parts/field";
import { NewKeyDialog, SecretDialog } from "../parts/key_dialogs";
import { useList } from "../parts/load";
import { say } from "../parts/notice";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { session } from "../session";
import type { ApiKey, NewKey } from "../types";

export function KeysPage() {
  const rows = useList<ApiKey>("/api/keys");
  const making = useSignal(false);
  const made = useSignal<NewKey | null>(null);
  const asked = useSignal<ApiKey | null>(null);
  const now = asked.value;
  return (
    <PageOf title={t("api-keys.title")} acts={<Act main onPress={() => (making.value = true)}>{t("api-keys.new")}</Act>}>
      <p>{t("api-keys.lead")}</p>
      <List
        of={rows} caption={t("api-keys.title")} none={t("api-keys.none")} id={(row) => row.id}
        columns={[
          { head: t("api-keys.name"), cell: (row) => row.name },
          { head: t("api-keys.scopes"), cell: (row) => row.scopes.map((each) => <><code>{each}</code> </>) },
          { head: t("api-keys.user"), cell: (row) => row.user && <span class="breaks">{row.user}</span> },
          { head: t("session.clinic"), cell: (row) => row.clinic ?? t("api-keys.all-clinics") },
          { head: t("patient.title"), cell: (row) => row.patient_id },
          { head: t("delivery.created"), cell: (row) => <When at={row.created_at} /> },
          { head: t("api-keys.last-used"), cell: (row) => (row.last_used_at ? <When at={row.last_used_at} /> : t("api-keys.never-used")) },
          { head: t("api-keys.expires"), cell: (row) => row.expires_at && <When at={row.expires_at} /> },
          { head: t("col.acts"), cell: (row) => row.revoked_at
            ? <><span class="badge quiet">{t("api-keys.revoked")}</span> <When at={row.revoked_at} /></>
            : <Act onPress={() => (asked.value = row)}>{t("api-keys.revoke")}<span class="unseen"> {row.name}</span></Act> },
        ]}
      />
      {making.value && (
        <NewKeyDialog
          onClose={() => (making.value = false)}
          onDone={(answer) => {
            making.value = false;
            made.value = answer;
            rows.reload();
          }}
        />
      )}
      {made.value && <SecretDialog of={made.value} says="api-keys.once" onClose={() => (made.value = null)} />}
      {now && (
        <Confirm
          title={t("api-keys.revoke-of", { name: now.name })} act={t("api-keys.revoke")} effect={t("api-keys.revoke-effect")}
          run={() => ask("DELETE", `/api/keys/${encodeURIComponent(now.id)}`)}
          onDone={() => {
            asked.value = null;
            say(t("notice.done"));
            rows.reload();
          }}
          onClose={() => (asked.value = null)}
        >
          {now.name === session.value?.name && <p class="notice warn">{t("api-keys.own")}</p>}
        </Confirm>
      )}
    </PageOf>
  );
}
