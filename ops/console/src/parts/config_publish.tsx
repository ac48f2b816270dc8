// Publishing a draft, approving a proposal, and going back to a version: what changes is shown first, and what came of it after.
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask, Refusal } from "../api";
import { t, word, type Key } from "../i18n";
import { session, whyNotConfigure } from "../session";
import type { Cases, ConfigVersion, Diagnostic, Published } from "../types";
import { lookAt, type Looked } from "./config_files";
import { CasesShown, CheckShown, FileDifferences, Nodes, VersionFacts } from "./config_shown";
import { Confirm } from "./confirm";
import { Diagnostics } from "./diagnostics";
import { Dialog, useHeld } from "./dialog";
import { Text } from "./field";
import { diagnosticsOf, hasErrors } from "./text_draft";

export type PublishAsked =
  | { is: "publish" }
  | { is: "approve"; version: string }
  | { is: "rollback"; version: string };

/** Nobody approves what they have proposed. */
export const whyNotApprove = (of: ConfigVersion): Key | null =>
  whyNotConfigure.value ?? (of.by !== null && of.by === session.value?.user ? "config.own-proposal" : null);

function Outcome({ of, onClose }: { of: Published; onClose: () => void }) {
  const { held } = useHeld();
  return (
    <Dialog title={word("config-outcome", of.state)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!held) onClose();
        }}
      >
        <p>{word("config-outcome-says", of.state)}</p>
        <VersionFacts of={of.version} />
        {of.cases && <CasesShown of={of.cases} />}
        {of.state !== "proposed" && <Nodes of={of.nodes} published />}
        <footer><button type="submit" class="main" aria-disabled={held || undefined}>{t("act.close")}</button></footer>
      </form>
    </Dialog>
  );
}

/** Which cases differ, and why it should be published nevertheless. It comes above what one has read, so the focus goes there. */
function Despite({ of, why }: { of: Cases; why: Signal<string> }) {
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => own.current?.focus(), [of]);
  return (
    <div ref={own} tabIndex={-1} role="group" aria-label={t("config.cases", { run: of.run, failed: of.failed.length })}>
      <CasesShown of={of} />
      <Text label={t("config.why-despite")} value={why} needed hint={t("config.despite-hint")} />
    </div>
  );
}

interface PublishOf {
  of: PublishAsked;
  /** When it is done and what came of it was read. */
  onDone: () => void;
  onClose: () => void;
}

export function Publish({ of, onDone, onClose }: PublishOf) {
  const reason = useSignal("");
  const despite = useSignal("");
  const failed = useSignal<Cases | null>(null);
  const found = useSignal<Diagnostic[]>([]);
  const looked = useSignal<Looked | null>(null);
  const round = useSignal(0);
  const seenAgain = useSignal(true);
  const done = useSignal<Published | null>(null);
  const version = of.is === "publish" ? null : of.version;
  if (done.value) return <Outcome of={done.value} onClose={onDone} />;

  const title = word("config-act", of.is);
  const body = () => ({
    reason: reason.value.trim(),
    ...(version ? { version } : {}),
    ...(looked.value?.seen ? { if: looked.value.seen } : {}),
    ...(looked.value?.draft ? { draft: looked.value.draft } : {}),
    ...(failed.value ? { despite_cases: despite.value.trim() } : {}),
  });
  const onFault = (why: unknown) => {
    found.value = diagnosticsOf(why) ?? found.value;
    if (!(why instanceof Refusal)) return;
    if (why.code === "cases-failed") failed.value = (why.body as { cases?: Cases } | null)?.cases ?? { run: 0, failed: [] };
    if (why.code !== "published-before" && why.code !== "changed-before") return;
    round.value += 1; // it is looked at again; what was typed stays
    seenAgain.value = false;
    failed.value = null;
  };
  return (
    <Confirm<Published, Looked>
      title={title} act={failed.value ? t("config.nevertheless") : title} effect={word("config-effect", of.is)}
      ready={reason.value.trim() !== "" && !hasErrors(found.value) && (failed.value === null || despite.value.trim() !== "")}
      tryFirst tryOf={String(round.value)}
      dry={async () => {
        const now = await lookAt(version);
        looked.value = now;
        seenAgain.value = true;
        found.value = now.checked?.diagnostics ?? [];
        return now;
      }}
      refuse={(now) => (now.stale.length > 0 ? t("config.stale-files", { files: now.stale.join(", ") }) : null)}
      show={(now) => (
        <>
          {now.approvals > 1 && of.is !== "approve" && <p>{t("config.takes-two")}</p>}
          {now.checked ? <CheckShown of={{ ...now.checked, diagnostics: found.value }} /> : <Diagnostics of={found.value} />}
          {hasErrors(found.value) && <p class="notice bad">{t("config.has-errors")}</p>}
          <FileDifferences of={now.differences} after={of.is === "publish" ? t("config.only-draft") : t("laboratories.only-version")} />
        </>
      )}
      run={() => ask("POST", of.is === "rollback" ? "/api/config/rollback" : "/api/config/publish", body())}
      onDone={(answer) => (done.value = answer)} onFault={onFault} onClose={onClose}
    >
      {!seenAgain.value && <p class="notice warn">{t("config.look-again")}</p>}
      <Text label={t("col.reason")} value={reason} needed autoFocus hint={t("laboratories.reason-hint")} />
      {failed.value && <Despite of={failed.value} why={despite} />}
    </Confirm>
  );
}
