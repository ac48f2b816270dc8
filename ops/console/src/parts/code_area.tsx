// A text of many lines, in a plain textarea that tells in which line one is.
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n";

interface CodeOf {
  label: string;
  value: string;
  onInput: (text: string) => void;
  readOnly: boolean;
  area: RefObject<HTMLTextAreaElement>;
}

/** Puts the cursor there and shows the line. */
export function toLine(area: HTMLTextAreaElement | null, line: number, column: number): void {
  if (!area) return;
  const lines = area.value.split("\n");
  const nth = Math.min(Math.max(line, 1), lines.length) - 1;
  const begin = lines.slice(0, nth).reduce((sum, each) => sum + each.length + 1, 0);
  const at = begin + Math.min(Math.max(column, 1) - 1, lines[nth]!.length);
  area.focus({ preventScroll: true });
  area.setSelectionRange(at, at);
  area.scrollTop = nth * Number.parseFloat(getComputedStyle(area).lineHeight) - area.clientHeight / 2;
  area.scrollIntoView({ block: "nearest" });
}

export function CodeArea({ label, value, onInput, readOnly, area }: CodeOf) {
  const id = useId();
  const at = useSignal<[number, number]>([1, 1]);
  const look = () => {
    const field = area.current!;
    const before = field.value.slice(0, field.selectionStart).split("\n");
    at.value = [before.length, before[before.length - 1]!.length + 1];
  };
  const [line, column] = at.value;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id} ref={area} class="code" value={value} readOnly={readOnly} spellcheck={false} rows={30} wrap="off"
        autoComplete="off" autoCapitalize="off" {...{ autocorrect: "off" }}
        onInput={(event) => {
          onInput(event.currentTarget.value);
          look();
        }}
        onSelect={look} onKeyUp={look} onClick={look} onFocus={look}
      />
      <p class="hint">{t("check.line", { line: String(line), column: String(column) })}</p>
    </div>
  );
}
