// What the engine finds in a text, with its lines.
import { t } from "../i18n";
import type { Diagnostic } from "../types";
import { Badge } from "./badge";

export function summary(all: Diagnostic[]): string {
  const errors = all.filter((each) => each.level === "error").length;
  if (all.length === 0) return t("check.fine");
  return t("check.found", { errors, warnings: all.length - errors });
}

interface FoundOf {
  of: Diagnostic[];
  /** The file that is shown: what is found in others is told with their names. */
  file?: string;
  onLine?: (line: number, column: number) => void;
}

export function Diagnostics({ of, file, onLine }: FoundOf) {
  if (of.length === 0) return null;
  return (
    <ul class="found">
      {of.map((each) => {
        const where = each.line > 0 ? t("check.line", { line: String(each.line), column: String(each.column || 1) }) : "";
        const elsewhere = each.file && each.file !== file ? each.file : null;
        return (
          <li data-row={onLine ? "" : undefined}>
            <Badge kind="level" is={each.level} /> {elsewhere && <code>{elsewhere}</code>}{" "}
            {where && (onLine && !elsewhere
              ? <button type="button" class="cell" onClick={() => onLine(each.line, each.column)}>{where}</button>
              : <strong>{where}</strong>)}{" "}
            <span class="breaks">{each.text}</span>
            {each.hint && <p class="hint">{each.hint}</p>}
          </li>
        );
      })}
    </ul>
  );
}
