// The part of an OpenTelemetry meter that metrics of a pool need.

type Attributes = Record<string, string>;

/** What a callback of an observable instrument reports to. */
export interface ObservableResult {
  observe(value: number, attributes?: Attributes): void;
}

/** The part of an OpenTelemetry meter that is used; one of `@opentelemetry/api` fits. */
export interface Meter {
  /** As in OpenTelemetry. */
  createCounter(name: string, options?: object): { add(value: number, attributes?: Attributes): void };
  /** As in OpenTelemetry. */
  createHistogram(name: string, options?: object): { record(value: number, attributes?: Attributes): void };
  /** As in OpenTelemetry. */
  createObservableUpDownCounter(
    name: string,
    options?: object,
  ): {
    addCallback(callback: (result: ObservableResult) => void): void;
    removeCallback(callback: (result: ObservableResult) => void): void;
  };
}
