// One session of the Streamlit example in Streamlit's own test harness, in a process of its own.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { exampleFolder } from "./folders.ts";
import type { Environment } from "./workspace.ts";

/** What the page shows. */
export interface Page {
  flags: Record<string, boolean>;
  errors: string[];
  exceptions: string[];
}

/** A running session. */
export interface StreamlitSession extends AsyncDisposable {
  /** Runs the page, or does something on it; answers with what it shows then. */
  step(...step: ["run"] | ["wait", number] | ["add" | "toggle", string]): Promise<Page>;
}

const harness = fileURLToPath(new URL("streamlit_session.py", import.meta.url));

/** Opens a session. */
export function openStreamlit(commands: string, env: Environment): StreamlitSession {
  const cwd = exampleFolder("streamlit");
  const child = spawn(join(commands, "python"), [harness, join(cwd, "app.py")], {
    cwd,
    env: { ...env, PYTHONPATH: cwd, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = Promise.withResolvers<never[]>();
  child.once("error", ended.reject);
  child.once("close", () => ended.resolve([]));
  const pages = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async step(...step) {
      child.stdin.write(`${JSON.stringify(step)}\n`);
      const page = await pages.next();
      if (page.done) throw new Error(`the session ended: ${complaints}`);
      return JSON.parse(page.value) as Page;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended.promise;
    },
  };
}
