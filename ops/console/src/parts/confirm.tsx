// Nothing is done before a person has read what it will do. Where the engine can try it, the try is shown first.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { Dialog } from "./dialog";
import { Fault } from "./notice";

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
  /** Of what the try depends on; another text, another try. Without fields it is tried at once. */
  tryOf?: string;
  run: () => Promise<T>;
  onDone: (answer: T) => void;
  onFault?: (fault: unknown) => void;
  onClose: () => void;
}

export function Confirm<T, D = unknown>(of: ConfirmOf<T, D>) {
  const busy = useSignal(false);
  const fault = useSignal<unknown>(null);
  const tried = useSignal<{ of: string; answer: D } | null>(null);
  const ready = of.ready ?? true;
  const key = of.tryOf ?? "";
  const fresh = tried.value !== null && tried.value.of === key;
  const mustTry = of.dry !== undefined && !fresh;

  const carry = async (what: () => Promise<void>) => {
    if (busy.value || !ready) return;
    busy.value = true;
    fault.value = null;
    try {
      await what();
    } catch (why) {
      fault.value = why;
      of.onFault?.(why);
    }
    busy.value = false;
  };
  const rehearse = () => carry(async () => {
    const answer = await of.dry!();
    tried.value = { of: key, answer };
  });
  const press = () => (mustTry ? rehearse() : carry(async () => of.onDone(await of.run())));

  useEffect(() => {
    if (of.dry && !of.children) void rehearse();
  }, []);

  return (
    <Dialog title={of.title} onClose={of.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void press();
        }}
      >
        <p>{of.effect}</p>
        {of.children}
        {fresh && of.show && <div class="tried" aria-live="polite">{of.show(tried.value!.answer)}</div>}
        <Fault of={fault.value} />
        <footer>
          <button type="submit" class="main" disabled={!ready} aria-busy={busy.value}>
            {busy.value ? t("act.working") : mustTry ? t("act.try") : of.act}
          </button>
          <button type="button" onClick={of.onClose}>{t("act.cancel")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
