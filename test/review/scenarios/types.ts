// What a recorded preview is made from.

/** Two programs: what is deployed, and what a pull request proposes. */
export interface Scenario {
  /** What is deployed already; nothing by default. */
  before?: () => void;
  /** What the pull request proposes. */
  after: () => void;
  /** Further arguments of `pulumi preview`. */
  previewArguments?: readonly string[];
  /** Changes to the deployed resources' recorded outputs, by resource name and type ending. */
  deployed?: (type: string, outputs: Record<string, unknown>) => Record<string, unknown>;
  /** The preview is recorded without unchanged resources, as `pulumi preview --json` alone writes it. */
  withoutSames?: true;
}
