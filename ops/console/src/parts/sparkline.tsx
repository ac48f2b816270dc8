// The last minute of a rate as a small line.
import { minute } from "./stream";

const [wide, high] = [120, 22];

export function Sparkline({ of, label }: { of: number[]; label: string }) {
  const most = Math.max(...of, 1);
  const points = of.map((each, nth) => {
    const x = wide * (1 - (of.length - 1 - nth) / (minute - 1));
    return `${x.toFixed(1)},${(high - 1 - ((high - 2) * each) / most).toFixed(1)}`;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${wide} ${high}`} width={wide} height={high} role="img" aria-label={label}>
      <path d={`M0 ${high - 0.5}H${wide}`} />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
