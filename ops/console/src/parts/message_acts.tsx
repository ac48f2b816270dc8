// What a person can do with a message: run it again, pass it on again, say whose it is.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { t } from "../i18n";
import { href } from "../router";
import { isAdmin, whyNotAct, whyNotDecide } from "../session";
import type { Destination, Difference, Message, Page } from "../types";
import { Confirm } from "./confirm";
import { Act, Choice, Text } from "./field";
import { useLoad } from "./load";
import { say } from "./notice";
import { Differences } from "./results";

interface Of {
  of: Message;
  onClose: () => void;
  onDone: () => void;
  /** It is not as the page shows it. */
  onStale: () => void;
}

function Reprocess({ of, onClose, onDone }: Of) {
  const path = `/api/messages/${of.id}/reprocess`;
  const bundle = of.message_type === "Bundle"; // the engine does not rehearse these
  return (
    <Confirm<Message, Difference>
      title={t("message.reprocess")} act={t("message.reprocess")} effect={t("message.reprocess-effect")} onClose={onClose}
      dry={bundle ? undefined : () => ask("POST", `${path}?dry_run=true`)} show={(tried) => <Differences of={tried} />}
      run={() => ask("POST", path)} onDone={onDone}
    />
  );
}

function Resend({ of, onClose, onDone }: Of) {
  const all = useLoad<Page<Destination>>("/api/destinations");
  const chosen = useSignal("");
  const names = (all.data.value?.items ?? []).filter((each) => each.state !== "unconfigured").map((each) => each.name);
  const to = chosen.value || names[0] || "";
  return (
    <Confirm
      title={t("message.resend")} act={t("message.resend")} effect={t("message.resend-effect")} ready={to !== ""} onClose={onClose}
      run={() => ask("POST", `/api/messages/${of.id}/resend`, { destination: to })} onDone={onDone}
    >
      <Choice label={t("destinations.name")} value={to} among={names.map((each) => [each, each])} onChange={(value) => (chosen.value = value)} />
    </Confirm>
  );
}

function Link({ of, onClose, onDone }: Of) {
  const patient = useSignal("");
  const reason = useSignal("");
  const path = `/api/messages/${of.id}/link`;
  const body = () => ({
    patient_id: patient.value.trim(),
    ...(of.patient_id && of.links[0]?.patient_id ? { instead_of: of.patient_id } : {}),
    ...(reason.value.trim() ? { reason: reason.value.trim() } : {}),
  });
  return (
    <Confirm<Message, Difference>
      title={t("message.link")} act={t("message.link")} onClose={onClose} ready={/^\d+$/.test(patient.value.trim())}
      effect={of.patient_id ? t("message.move-effect", { id: of.patient_id }) : t("message.link-effect")}
      dry={() => ask("POST", `${path}?dry_run=true`, body())} show={(tried) => <Differences of={tried} />} tryOf={patient.value.trim()}
      run={() => ask("POST", path, body())} onDone={onDone}
    >
      <Text label={t("patient.id")} value={patient} hint={t("patient.id-hint")} needed autoFocus />
      <Text label={t("col.reason")} value={reason} />
    </Confirm>
  );
}

function Unlink({ of, onClose, onDone, onStale }: Of) {
  const path = `/api/messages/${of.id}/unlink`;
  return (
    <Confirm<Message, Difference>
      title={t("message.unlink")} act={t("message.unlink")} effect={t("message.unlink-effect", { id: of.patient_id })} onClose={onClose}
      dry={() => ask("POST", `${path}?dry_run=true`)} show={(tried) => <Differences of={tried} />} onRefused={onStale}
      refuse={({ before }) => {
        if (before.patient_id === of.patient_id) return null;
        return before.patient_id ? t("message.stands-under", { id: before.patient_id }) : t("message.stands-nowhere");
      }}
      run={() => ask("POST", path)} onDone={onDone}
    />
  );
}

const dialogs = { reprocess: Reprocess, resend: Resend, link: Link, unlink: Unlink };
type Which = keyof typeof dialogs;

export function MessageActs({ of, onDone }: { of: Message; onDone: () => void }) {
  const asked = useSignal<{ which: Which; of: Message } | null>(null); // of the message as it was shown then
  const now = asked.value;
  const Asked = now ? dialogs[now.which] : null;
  const open = (which: Which) => (asked.value = { which, of });
  const mine = of.status !== "duplicate";
  const passed = mine && of.status !== "failed" && of.message_type !== "Bundle";
  const close = () => (asked.value = null);
  const triable = isAdmin.value && of.raw.startsWith("MSH");
  return (
    <>
      {triable && <a class="button" href={href(["messages", of.id, "try"])}>{t("trial.by-draft")}</a>}
      {mine && <Act onPress={() => open("reprocess")} whyNot={whyNotAct.value}>{t("message.reprocess")}</Act>}
      {passed && <Act onPress={() => open("resend")} whyNot={whyNotAct.value}>{t("message.resend")}</Act>}
      {passed && <Act onPress={() => open("link")} whyNot={whyNotDecide.value}>{t("message.link")}</Act>}
      {passed && of.patient_id && <Act onPress={() => open("unlink")} whyNot={whyNotDecide.value}>{t("message.unlink")}</Act>}
      {now && Asked && (
        <Asked
          of={now.of} onClose={close} onStale={onDone}
          onDone={() => {
            close();
            say(t("notice.done"));
            onDone();
          }}
        />
      )}
    </>
  );
}
