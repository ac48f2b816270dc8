// What runs was changed since one's own draft of a file was begun: what differs, and going on from what runs now.
import { t } from "../i18n";
import { whyNotConfigure } from "../session";
import { Diff } from "./diff";
import { Act } from "./field";
import { plain } from "./line_diff";

interface StaleOf {
  /** null: it does not run any more. */
  running: string | null;
  mine: string;
  busy: boolean;
  onKeep: () => void;
  onDrop: () => void;
}

export function Stale({ running, mine, busy, onKeep, onDrop }: StaleOf) {
  return (
    <div class="card">
      <p class="notice warn" role="alert">{t(running === null ? "config.stale-gone" : "config.stale")}</p>
      {running !== null && <Diff title={t("config.differs-from-running")} before={plain(running)} after={mine} names={[t("config.only-running"), t("laboratories.only-mine")]} />}
      <div class="acts">
        <Act whyNot={whyNotConfigure.value} onPress={onKeep}>{busy ? t("act.working") : t("config.stale-keep")}</Act>
        <Act whyNot={whyNotConfigure.value} onPress={onDrop}>{t("laboratories.take-theirs")}</Act>
      </div>
    </div>
  );
}
