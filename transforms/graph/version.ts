/** How two versions of a model are ordered: as numbers where both are, else as text. Negative where the first is older. */
export function compareVersions(one: string | number, other: string | number): number {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined && right !== undefined) return left - right;
  const [first, second] = [String(one), String(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function numberOf(version: string | number): number | undefined {
  const number = typeof version === 'number' ? version : Number(version.trim() || Number.NaN);
  return Number.isNaN(number) ? undefined : number;
}
