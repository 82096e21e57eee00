// The JSON that `pulumi preview --json` writes, as far as a review reads it.

/** Properties of a resource as the engine shows them: secrets are blinded, unknown values are a fixed text. */
export type Properties = Readonly<Record<string, unknown>>;

/** One side of a step. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly parent?: string;
  readonly initErrors: readonly string[];
}

/** What the engine means to do with one resource. */
export interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: ResourceState;
  readonly newState?: ResourceState;
  /** Names of the properties that differ. */
  readonly diffReasons: readonly string[];
  /** Names of the properties that demand a replacement. */
  readonly replaceReasons: readonly string[];
}

/** A message of the preview. */
export interface PreviewDiagnostic {
  readonly urn: string;
  readonly severity: string;
  readonly message: string;
}

/** A whole preview. */
export interface PreviewDigest {
  /** What the engine means to do, a resource each. */
  readonly steps: readonly PreviewStep[];
  /** What the program and the engine said. */
  readonly diagnostics: readonly PreviewDiagnostic[];
  /** Whether the engine calls its own state damaged. */
  readonly maybeCorrupt: boolean;
}

/** What the engine writes in place of a value that only the deployment will bring. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** What the engine writes in place of a secret. */
export const secretValue = "[secret]";
