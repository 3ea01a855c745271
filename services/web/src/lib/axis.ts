// Lines of a value axis: at round numbers, the highest above every value.

const ROUND = [1, 2, 2.5, 5, 10];

function stepOf(least: number, binary: boolean): number {
  if (binary) return 2 ** Math.ceil(Math.log2(least));
  const decade = 10 ** Math.floor(Math.log10(least));
  return (ROUND.find((one) => one * decade >= least * 0.999_999) ?? 10) * decade;
}

export function axisFor(low: number, high: number, binary = false, most = 4): { min: number; max: number; lines: number[] } {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return axisFor(Number.isFinite(low) ? low : 0, Number.isFinite(high) ? high : 1, binary, most);
  const reach = high - Math.min(0, low);
  const step = stepOf(reach > 0 ? reach / most : 1 / most, binary);
  const first = Math.floor(Math.min(0, low) / step);
  const count = Math.max(1, Math.ceil((high / step) * 0.999_999));
  return { min: first * step, max: count * step, lines: Array.from({ length: count - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12))) };
}
