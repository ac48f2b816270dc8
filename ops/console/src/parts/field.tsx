// Labelled inputs and buttons that say why they may not be pressed.
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t, type Key } from "../i18n";

interface TextOf {
  label: string;
  value: Signal<string>;
  type?: "text" | "password" | "email" | "datetime-local";
  hint?: string;
  needed?: boolean;
  list?: string[];
  autoFocus?: boolean;
  autoComplete?: string;
}

export function Text({ label, value, type = "text", hint, needed, list, autoFocus, autoComplete = "off" }: TextOf) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id} {...({ type } as { type: "text" })} value={value.value} required={needed} autoComplete={autoComplete} autoFocus={autoFocus}
        aria-describedby={hint ? `${id}-hint` : undefined} list={list ? `${id}-list` : undefined} spellcheck={false}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      {list && <datalist id={`${id}-list`}>{list.map((each) => <option value={each} />)}</datalist>}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface ChoiceOf {
  label: string;
  value: string;
  among: [string, string][];
  onChange: (value: string) => void;
  quiet?: boolean;
}

export function Choice({ label, value, among, onChange, quiet }: ChoiceOf) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={quiet ? "unseen" : ""}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {among.map(([key, text]) => (
          <option value={key} selected={key === value}>{text}</option>
        ))}
      </select>
    </div>
  );
}

interface ActOf {
  onPress: () => void;
  /** Why it may not be pressed. */
  whyNot?: Key | null;
  keys?: string;
  main?: boolean;
  children: ComponentChildren;
}

/** A button. One that may not be pressed can still be reached, and says why. */
export function Act({ onPress, whyNot, keys, main, children }: ActOf) {
  const id = useId();
  return (
    <>
      <button
        type="button" class={main ? "main" : ""} aria-disabled={whyNot ? true : undefined}
        aria-describedby={whyNot ? id : undefined} title={whyNot ? t(whyNot) : undefined}
        aria-keyshortcuts={keys} onClick={() => { if (!whyNot) onPress(); }}
      >
        {children}
        {keys && <kbd>{keys}</kbd>}
      </button>
      {whyNot && <span class="unseen" id={id}>{t(whyNot)}</span>}
    </>
  );
}

/** Once for a group of acts, in words, why none may be done. */
export function WhyNot({ of }: { of: Key | null }) {
  return of ? <p class="hint">{t(of)}</p> : null;
}
