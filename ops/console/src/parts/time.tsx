// Times: when something was, and how long it is ago, ticking.
import { signal } from "@preact/signals";
import { span, time } from "../i18n";

const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

export function When({ at }: { at: string | null | undefined }) {
  if (!at) return null;
  return (
    <time dateTime={at} title={time(at, "full")}>
      {time(at)}
    </time>
  );
}

/** Since when, as a clock that goes. */
export function Clock({ since }: { since: string }) {
  return (
    <time dateTime={since} title={time(since, "full")} class="clock" role="timer" aria-live="off">
      {span((now.value - Date.parse(since)) / 1000)}
    </time>
  );
}

export function isPast(at: string | null): boolean {
  return at !== null && Date.parse(at) < now.value;
}
