// Nothing is done before a person has read what it will do. Where the engine can try it, the try is shown first.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Lost } from "../api";
import { t } from "../i18n";
import { Dialog, useHeld } from "./dialog";
import { Fault, faultText, say } from "./notice";

interface ConfirmOf<T, D> {
  title: string;
  /** What it will do, in words. */
  effect: string;
  /** What the button says. */
  act: string;
  /** Whether what was filled in suffices. */
  ready?: boolean;
  /** What else is asked: fields. */
  children?: ComponentChildren;
  /** Tries it and changes nothing; the answer is shown by `show`. */
  dry?: () => Promise<D>;
  show?: (tried: D) => ComponentChildren;
  /** Why it may not be done after such a try. */
  refuse?: (tried: D) => string | null;
  onRefused?: () => void;
  /** Of what the try depends on; another text, another try. Without fields it is tried at once. */
  tryOf?: string;
  /** Whether it is tried at once although there are fields: the try does not need them. */
  tryFirst?: boolean;
  run: () => Promise<T>;
  onDone: (answer: T) => void;
  onFault?: (fault: unknown) => void;
  onClose: () => void;
}

export function Confirm<T, D = unknown>(of: ConfirmOf<T, D>) {
  const busy = useSignal(false);
  const acting = useSignal(false);
  const fault = useSignal<unknown>(null);
  const tried = useSignal<{ of: string; answer: D; refused: string | null } | null>(null);
  const { held, hold } = useHeld();
  const isGone = useRef(false);
  const key = of.tryOf ?? "";
  const fresh = tried.value !== null && tried.value.of === key;
  const mustTry = of.dry !== undefined && !fresh;
  const ready = (mustTry && of.tryFirst) || (of.ready ?? true);
  const refused = fresh ? tried.value!.refused : null;

  const carry = async (what: () => Promise<void>) => {
    if (busy.value || !ready) return;
    busy.value = true;
    fault.value = null;
    try {
      await what();
    } catch (why) {
      fault.value = why;
      if (acting.value && isGone.current) say(faultText(why), true);
      of.onFault?.(why);
    }
    busy.value = false;
    acting.value = false;
  };
  const rehearse = () => carry(async () => {
    try {
      const answer = await of.dry!();
      tried.value = { of: key, answer, refused: of.refuse?.(answer) ?? null };
      if (tried.value.refused) of.onRefused?.();
    } finally {
      hold();
    }
  });
  const act = () => carry(async () => {
    acting.value = true;
    try {
      of.onDone(await of.run());
    } catch (why) {
      if (!(why instanceof Lost)) throw why;
      say(t("notice.perhaps-done"), true); // the page is loaded anew when the server answers
      of.onFault?.(why);
      of.onClose();
    }
  });
  const press = () => (mustTry ? rehearse() : act());

  useEffect(() => {
    if (of.dry && (of.tryFirst || !of.children)) void rehearse();
    return () => {
      isGone.current = true;
    };
  }, []);

  return (
    <Dialog title={of.title} busy={acting.value} onClose={of.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!held && !refused) void press();
        }}
      >
        <p>{of.effect}</p>
        {of.children}
        {fresh && of.show && !refused && <div class="tried" aria-live="polite">{of.show(tried.value!.answer)}</div>}
        {refused && <p class="notice bad" role="alert">{refused}</p>}
        <Fault of={fault.value} />
        <footer>
          {!refused && (
            <button type="submit" class="main" disabled={!ready} aria-busy={busy.value} aria-disabled={held || undefined}>
              {busy.value ? t("act.working") : mustTry ? t("act.try") : of.act}
            </button>
          )}
          <button type="button" aria-disabled={acting.value || undefined} onClick={() => { if (!acting.value) of.onClose(); }}>
            {refused ? t("act.close") : t("act.cancel")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
