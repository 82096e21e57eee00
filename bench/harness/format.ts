// Numbers as people read them.

/** Three significant digits, thousands with separators. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A ratio such as `0.98×`. */
export const formatRatio = (ratio: number): string => `${ratio.toFixed(2)}×`;
