// Between the engine's instants and what inputs of times say, by the person's clock.

/** `2026-11-20T09:00` as an instant; nothing stays nothing. */
export function instant(text: string): string {
  const at = new Date(text);
  return text && !Number.isNaN(at.getTime()) ? at.toISOString() : "";
}

export function local(iso: string): string {
  const at = new Date(iso);
  if (!iso || Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
