// Making and changing a webhook: where it leads and what it hears of.
import { useSignal, type Signal } from "@preact/signals";
import { ask } from "../api";
import { t, word } from "../i18n";
import type { Webhook } from "../types";
import { Confirm } from "./confirm";
import { Text } from "./field";

/** What one can ask to hear of, as the engine has it. */
export const eventTypes = [
  "lab_result_filed", "lab_result_critical", "lab_result_critical_changed", "lab_result_critical_withdrawn", "message_unmatched",
  "lab_order_created", "lab_order_changed", "appointment_created", "appointment_changed", "prescription_created",
  "document_created", "document_changed", "document_withdrawn", "patient_created", "patient_updated", "encounter_changed",
  "patient_merged", "patient_unmerged", "patient_erased", "laboratory_silent", "laboratory_back",
];
export const everything = "*";

function Types({ of }: { of: Signal<string[]> }) {
  const all = of.value.includes(everything);
  const put = (type: string, on: boolean) => (of.value = on ? [...of.value, type] : of.value.filter((each) => each !== type));
  return (
    <fieldset>
      <legend>{t("webhooks.types")}</legend>
      <label class="check">
        <input type="checkbox" checked={all} onChange={(event) => (of.value = event.currentTarget.checked ? [everything] : [])} />
        {t("webhooks.all")}
      </label>
      <div class="choices">
        {!all && eventTypes.map((each) => (
          <label class="check" key={each}>
            <input type="checkbox" checked={of.value.includes(each)} onChange={(event) => put(each, event.currentTarget.checked)} />
            {word("event", each)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface DialogOf {
  /** null: a new one. */
  of: Webhook | null;
  onDone: (now: Webhook) => void;
  onClose: () => void;
}

export function WebhookDialog({ of, onDone, onClose }: DialogOf) {
  const url = useSignal(of?.url ?? "");
  const types = useSignal(of?.event_types ?? []);
  const rotate = useSignal(false);
  const body = { url: url.value.trim(), event_types: types.value, ...(rotate.value ? { rotate_secret: true } : {}) };
  return (
    <Confirm<Webhook>
      title={of ? t("webhooks.change") : t("webhooks.new")} act={of ? t("webhooks.save") : t("webhooks.make")}
      effect={of ? t("webhooks.change-effect") : t("webhooks.new-effect")}
      ready={body.url !== "" && body.event_types.length > 0}
      run={() => (of ? ask("PUT", `/api/webhooks/${of.id}`, body) : ask("POST", "/api/webhooks", body))} onDone={onDone} onClose={onClose}
    >
      <Text label={t("webhooks.url")} value={url} needed autoFocus hint={t("webhooks.url-hint")} />
      <Types of={types} />
      {of && (
        <label class="check">
          <input type="checkbox" checked={rotate.value} onChange={(event) => (rotate.value = event.currentTarget.checked)} />
          {t("webhooks.rotate")}
        </label>
      )}
    </Confirm>
  );
}
