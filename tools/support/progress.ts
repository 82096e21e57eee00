// Says what a long step is doing and for how long: in place on a terminal, a fresh line now and then elsewhere.

/** Where progress goes. */
export interface Progress {
  /** One plain line. */
  line(text: string): void;
  /** Runs a step and shows the time it takes; `detail` replaces the words after the time. */
  step<T>(text: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
}

/** How progress is shown. */
export interface ProgressOptions {
  /** Takes finished lines instead of the terminal. */
  readonly log?: (line: string) => void;
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds between two lines of the same step where there is no terminal. */
  readonly interval?: number;
  readonly now?: () => number;
}

const TERMINAL_INTERVAL = 500;
const LINE_INTERVAL = 15_000;
/** Shorter steps are not worth a closing line. */
const WORTH_A_LINE = 1_000;

/** Progress on standard error, or in lines to `log`. */
export function createProgress(options: ProgressOptions = {}): Progress {
  const stream = options.stream ?? process.stderr;
  const terminal = options.log === undefined && stream.isTTY === true;
  const now = options.now ?? Date.now;
  const line = options.log ?? ((text: string) => void stream.write(`${text}\n`));
  const show = (text: string) => {
    if (!terminal) return line(text);
    stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
  };

  return {
    line,
    async step(text, work) {
      const began = now();
      let detail = "";
      const status = () => `${text} … ${elapsed(now() - began)}${detail === "" ? "" : `, ${detail}`}`;
      show(`${text} …`);
      const timer = setInterval(
        () => show(status()),
        options.interval ?? (terminal ? TERMINAL_INTERVAL : LINE_INTERVAL),
      );
      const end = (word: string) => {
        clearInterval(timer);
        if (terminal) stream.write("\r\x1b[2K");
        if (terminal || word !== "done" || now() - began >= WORTH_A_LINE)
          line(`${text}: ${word} after ${elapsed(now() - began)}`);
      };
      try {
        const result = await work((said) => {
          detail = said;
        });
        end("done");
        return result;
      } catch (error) {
        end("failed");
        throw error;
      }
    },
  };
}

/** A time as a person says it: 0.4s, 12s, 3m05s. */
export function elapsed(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
