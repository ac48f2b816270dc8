// What was not saved is not left without a question: not for another page, and not by closing the tab.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { guardPlace } from "../router";
import { Confirm } from "./confirm";

/** `unsaved` is asked when somebody wants to leave. Returns the dialog. */
export function useLeave(unsaved: () => boolean): ComponentChildren {
  const to = useSignal<string | null>(null);
  const latest = useRef(unsaved);
  latest.current = unsaved;
  useEffect(() => {
    const release = guardPlace((hash) => {
      if (!latest.current()) return true;
      to.value = hash;
      return false;
    });
    const stay = (event: BeforeUnloadEvent) => {
      if (latest.current()) event.preventDefault();
    };
    window.addEventListener("beforeunload", stay);
    return () => {
      release();
      window.removeEventListener("beforeunload", stay);
    };
  }, []);
  if (to.value === null) return null;
  return (
    <Confirm
      title={t("leave.title")} act={t("leave.act")} effect={t("leave.effect")} run={async () => undefined}
      onDone={() => {
        latest.current = () => false;
        location.hash = to.value!;
      }}
      onClose={() => (to.value = null)}
    />
  );
}
