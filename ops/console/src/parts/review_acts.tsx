// The decisions of a review. Each says what it will do, and is tried first where the engine can try it.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { t } from "../i18n";
import type { Difference, Review } from "../types";
import { Confirm } from "./confirm";
import { Choice, Text } from "./field";
import { Differences, valueOf } from "./results";

export type Decision =
  | { is: "link"; patient: string }
  | { is: "link-other" | "create" | "accept" | "reject" | "reprocess" | "correct" };

interface Of {
  of: Review;
  onDone: () => void;
  onFault: (fault: unknown) => void;
  onClose: () => void;
}

/** What all of them share: where it is sent, and the try. */
function acts(of: Review, body: () => object) {
  const path = `/api/review/${of.id}/resolve`;
  return {
    run: () => ask<Review>("POST", path, body()),
    dry: () => ask<Difference>("POST", `${path}?dry_run=true`, body()),
    show: (tried: Difference) => <Differences of={tried} />,
  };
}

/** Under whom the message stands now, when it is to move. */
const moves = (of: Review, to: string) =>
  of.message?.patient_id && of.message.patient_id !== to ? { instead_of: of.message.patient_id } : {};

function Link({ patient, ...rest }: Of & { patient: string }) {
  const { run, dry, show } = acts(rest.of, () => ({ action: "link", patient_id: patient, ...moves(rest.of, patient) }));
  return (
    <Confirm<Review, Difference>
      {...rest} title={t("review.link", { id: patient })} act={t("action.link")} effect={t("review.link-effect", { id: patient })}
      run={run} dry={dry} show={show}
    />
  );
}

function LinkOther(rest: Of) {
  const patient = useSignal("");
  const id = patient.value.trim();
  const { run, dry, show } = acts(rest.of, () => ({ action: "link", patient_id: id, ...moves(rest.of, id) }));
  return (
    <Confirm<Review, Difference>
      {...rest} title={t("review.link-other")} act={t("action.link")} effect={t("review.link-other-effect")}
      ready={/^\d+$/.test(id)} tryOf={id} run={run} dry={dry} show={show}
    >
      <Text label={t("patient.id")} value={patient} hint={t("patient.id-hint")} needed autoFocus />
    </Confirm>
  );
}

function Create(rest: Of) {
  const mrn = useSignal("");
  const has = rest.of.sent?.numbers.some((each) => each.kind === "mrn") ?? false;
  const { run } = acts(rest.of, () => ({ action: "create-patient", ...(mrn.value.trim() ? { mrn: mrn.value.trim() } : {}) }));
  return (
    <Confirm<Review>
      {...rest} title={t("review.create")} act={t("action.create-patient")} effect={t("review.create-effect")}
      ready={has || mrn.value.trim() !== ""} run={run}
    >
      <Text label={t("number-kind.mrn")} value={mrn} hint={has ? t("review.mrn-sent") : t("review.mrn-needed")} needed={!has} />
    </Confirm>
  );
}

function Accept(rest: Of) {
  const reason = useSignal("");
  const { run } = acts(rest.of, () => ({ action: "accept", ...(reason.value.trim() ? { reason: reason.value.trim() } : {}) }));
  return (
    <Confirm<Review> {...rest} title={t("review.accept")} act={t("action.accept")} effect={t("review.accept-effect")} run={run}>
      <Text label={t("col.reason")} value={reason} />
    </Confirm>
  );
}

/** Of the results that it concerns, one; with several somebody has to say which. */
function ChooseResult({ of, value, all, onChange }: { of: Review; value: string; all: boolean; onChange: (id: string) => void }) {
  if (of.results.length < 2) return null;
  const rows = of.results.map((each): [string, string] => [each.id, `${each.test_name || each.test_code}: ${valueOf(each)}`]);
  return <Choice label={t("review.which")} value={value} among={all ? [["", t("list.all")], ...rows] : rows} onChange={onChange} />;
}

function Reject(rest: Of) {
  const reason = useSignal("");
  const which = useSignal("");
  const ofResult = rest.of.result_ids.length > 0;
  const why = reason.value.trim();
  const { run, dry, show } = acts(rest.of, () => ({
    action: "reject", ...(why ? { reason: why } : {}), ...(which.value ? { result_id: which.value } : {}),
  }));
  return (
    <Confirm<Review, Difference>
      {...rest} title={t("review.reject")} act={t("action.reject")} effect={t(ofResult ? "review.reject-effect" : "review.reject-closes")}
      ready={!ofResult || why !== ""} tryOf={`${which.value}/${why}`} run={run} dry={ofResult ? dry : undefined} show={show}
    >
      <ChooseResult of={rest.of} value={which.value} all onChange={(id) => (which.value = id)} />
      <Text label={t("col.reason")} value={reason} needed={ofResult} hint={ofResult ? t("review.reason-hint") : undefined} autoFocus />
    </Confirm>
  );
}

function Reprocess(rest: Of) {
  const { run, dry, show } = acts(rest.of, () => ({ action: "reprocess" }));
  const bundle = rest.of.message?.message_type === "Bundle"; // the engine does not rehearse these
  return (
    <Confirm<Review, Difference>
      {...rest} title={t("review.reprocess")} act={t("action.reprocess")} effect={t("message.reprocess-effect")}
      run={run} dry={bundle ? undefined : dry} show={show}
    />
  );
}

function Correct(rest: Of) {
  const which = useSignal(rest.of.results[0]?.id ?? "");
  const of = rest.of.results.find((each) => each.id === which.value);
  const value = useSignal("");
  const unit = useSignal("");
  const reason = useSignal("");
  const [v, u, why] = [value.value.trim(), unit.value.trim(), reason.value.trim()];
  const { run, dry, show } = acts(rest.of, () => ({
    action: "correct", reason: why, ...(v ? { value: v } : {}), ...(u ? { unit: u } : {}),
    ...(rest.of.results.length > 1 ? { result_id: which.value } : {}),
  }));
  return (
    <Confirm<Review, Difference>
      {...rest} title={t("review.correct")} act={t("action.correct")} effect={t("review.correct-effect")}
      ready={why !== "" && (v !== "" || u !== "")} tryOf={[which.value, v, u, why].join("/")} run={run} dry={dry} show={show}
    >
      <ChooseResult of={rest.of} value={which.value} all={false} onChange={(id) => (which.value = id)} />
      {of && <p class="hint">{t("review.was-sent", { sent: [of.sent.value, of.sent.unit].filter(Boolean).join(" ") })}</p>}
      <Text label={t("result.value")} value={value} autoFocus hint={t("review.value-hint")} />
      <Text label={t("result.unit")} value={unit} />
      <Text label={t("col.reason")} value={reason} needed hint={t("review.reason-hint")} />
    </Confirm>
  );
}

const dialogs = { "link-other": LinkOther, create: Create, accept: Accept, reject: Reject, reprocess: Reprocess, correct: Correct };

export function DecisionDialog({ what, ...rest }: Of & { what: Decision }) {
  if (what.is === "link") return <Link {...rest} patient={what.patient} />;
  const Asked = dialogs[what.is];
  return <Asked {...rest} />;
}
