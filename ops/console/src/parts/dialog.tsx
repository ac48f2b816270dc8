// A native dialog: Escape closes it, the focus stays in it and goes back where it was. While something runs it stays.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";

interface DialogOf {
  title: string;
  /** Whether something runs whose end a person must see. */
  busy?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** So long nothing is done that a person cannot have read yet. */
const unread = 500;

/** True for a moment, and again from each `hold` on. */
export function useHeld(): { held: boolean; hold: () => void } {
  const held = useSignal(true);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const hold = () => {
    held.value = true;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (held.value = false), unread);
  };
  useEffect(() => {
    hold();
    return () => clearTimeout(timer.current);
  }, []);
  return { held: held.value, hold };
}

export const anyDialog = (): boolean => document.querySelector("dialog[open]") !== null;

export function Dialog({ title, busy = false, onClose, children }: DialogOf) {
  const id = useId();
  const own = useRef<HTMLDialogElement>(null);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = own.current!;
    dialog.showModal();
    (dialog.querySelector<HTMLElement>("input, select") ?? head.current)?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const leave = () => {
    if (!busy) onClose();
  };
  return (
    <dialog
      ref={own} aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.repeat) event.preventDefault(); // a key held down has read nothing
        if (event.key === "Escape" && busy) event.preventDefault();
      }}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onClose={() => { // browsers let nobody refuse a second Escape
        const dialog = own.current;
        if (!dialog?.isConnected || dialog.open) return;
        if (busy) dialog.showModal();
        else onClose();
      }}
    >
      <header>
        <h2 id={id} tabIndex={-1} ref={head}>{title}</h2>
        <button type="button" class="plain" onClick={leave} aria-disabled={busy || undefined} aria-label={t("act.close")}>×</button>
      </header>
      {children}
    </dialog>
  );
}
