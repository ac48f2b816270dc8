// Says what a code is, or a unit: the line that will be written, and how many messages it concerns, first.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { t } from "../i18n";
import type { Mapped } from "../types";
import { Confirm } from "./confirm";
import { Text } from "./field";

/** Without a code it is a unit that is said. */
export interface Wish {
  lab: string;
  code?: string;
  loinc?: string;
  lacksUnit?: boolean;
}

/** Members that say something. */
function said(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, text.trim()]).filter(([, text]) => text));
}

export function MapDialog({ wish, onDone, onClose }: { wish: Wish; onDone: (mapped: Mapped) => void; onClose: () => void }) {
  const ofCode = wish.code !== undefined;
  const lab = useSignal(wish.lab);
  const loinc = useSignal(wish.loinc ?? "");
  const name = useSignal("");
  const unit = useSignal("");
  const ucum = useSignal("");
  const reason = useSignal("");
  const body = ofCode
    ? said({ lab: wish.lab, code: wish.code!, loinc: loinc.value, name: name.value, unit: unit.value, reason: reason.value })
    : said({ lab: lab.value, unit: unit.value, ucum: ucum.value, reason: reason.value });
  const ready = ofCode ? Boolean(body.loinc) : Boolean(body.lab && body.unit && body.ucum);
  return (
    <Confirm<Mapped, Mapped>
      title={ofCode ? t("unmapped.map", { code: wish.code! }) : t("unmapped.unit")} act={t("unmapped.write")}
      effect={t("unmapped.effect")} ready={ready} tryOf={JSON.stringify(body)}
      dry={() => ask("POST", "/api/unmapped/map?dry_run=true", body)}
      show={(tried) => (
        <>
          <p>{t("unmapped.line", { file: tried.file, line: tried.line })}</p>
          <pre tabIndex={0}>{tried.text}</pre>
          {tried.clinics > 1 && <p class="notice warn">{t("unmapped.clinics", { n: tried.clinics })}</p>}
          <p>{t("unmapped.concerns", { n: tried.messages })}</p>
          {tried.fault && <p class="notice bad">{tried.fault}</p>}
        </>
      )}
      run={() => ask("POST", "/api/unmapped/map", body)} onDone={onDone} onClose={onClose}
    >
      {!ofCode && <Text label={t("unmapped.lab")} value={lab} needed autoFocus />}
      {ofCode && <Text label="LOINC" value={loinc} needed hint={t("unmapped.loinc-hint")} autoFocus />}
      {ofCode && <Text label={t("unmapped.name")} value={name} />}
      <Text label={ofCode ? t("unmapped.unit-missing") : t("unmapped.unit-sent")} value={unit} needed={!ofCode} hint={ofCode && wish.lacksUnit ? t("unmapped.unit-hint") : undefined} />
      {!ofCode && <Text label="UCUM" value={ucum} needed />}
      <Text label={t("col.reason")} value={reason} />
    </Confirm>
  );
}
