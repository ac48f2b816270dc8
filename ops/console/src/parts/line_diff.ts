// What differs between two texts, line by line.
export interface DiffLine {
  is: "same" | "before" | "after";
  text: string;
}

/** Lines end as everywhere but in Windows. */
export const plain = (text: string): string => text.replace(/\r\n?/g, "\n");

/** More lines than these that differ are not compared one by one. */
const most = 2000;

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** `before`: only the first text has it; `after`: only the second. By the longest common subsequence. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const as = (is: DiffLine["is"], lines: string[]): DiffLine[] => lines.map((text) => ({ is, text }));
  const first = a.slice(head, a.length - tail);
  const second = b.slice(head, b.length - tail);
  const large = first.length > most || second.length > most;
  const middle = large ? [...as("before", first), ...as("after", second)] : compared(first, second);
  return [...as("same", a.slice(0, head)), ...middle, ...as("same", tail > 0 ? a.slice(-tail) : [])];
}

function compared(a: string[], b: string[]): DiffLine[] {
  const wide = b.length + 1;
  const common = new Uint16Array((a.length + 1) * wide); // of what follows in both
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * wide + j] = a[i] === b[j]
        ? common[(i + 1) * wide + j + 1]! + 1
        : Math.max(common[(i + 1) * wide + j]!, common[i * wide + j + 1]!);
  const out: DiffLine[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) out.push({ is: "same", text: a[i++]! }), (j += 1);
    else if (j >= b.length || (i < a.length && common[(i + 1) * wide + j]! >= common[i * wide + j + 1]!)) out.push({ is: "before", text: a[i++]! });
    else out.push({ is: "after", text: b[j++]! });
  }
  return out;
}
