// Stand-ins for the platforms' command lines, on files: what they keep can be looked at afterwards.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the braces are the shell's

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PROJECT_DIR } from "../../../tools/project.ts";
import type { Script } from "./scripts.ts";

/** A comment, a note or an issue as a platform keeps it. */
export interface Entry {
  id: number;
  body: string;
  [more: string]: unknown;
}

/** A job's folder, with the stubs on its PATH. */
export interface Job extends AsyncDisposable {
  readonly folder: string;
  /** What the platform keeps. */
  entries(): Promise<Entry[]>;
  /** Sets it. */
  keep(entries: readonly Entry[]): Promise<void>;
  /** Puts a golden review where `pulumi-lakebase review` would write it. */
  review(golden: string): Promise<void>;
  /** Runs a script as the platform does; its exit code. */
  run(script: Script, env?: Record<string, string>): Promise<{ code: number; output: string }>;
}

const add = (file: string) =>
  `jq --rawfile body ${file} '. + [{id: (length + 1), user: {login: "github-actions[bot]"}, body: $body}]' "$KEPT" > "$KEPT.new"`;
const change = (file: string, id: string) =>
  `jq --rawfile body ${file} --argjson id ${id} 'map(if .id == $id then .body = $body else . end)' "$KEPT" > "$KEPT.new"`;

/** `gh api` for comments and `gh issue`, as far as the workflows use them. */
const gh = `case "$1 $2" in
  "api --paginate") jq --raw-output "$5" "$KEPT"; exit ;;
  "issue list") jq 'map(.number = .id)' "$KEPT" | jq --raw-output "\${@: -1}"; exit ;;
esac
body="$(mktemp)"
case "$1 $2 $4" in
  "api --silent POST") ${add('"${7#body=@}"')} ;;
  "api --silent PATCH") ${change('"${7#body=@}"', '"${5##*/}"')} ;;
  "issue create "*) printf '%s' "\${@: -1}" > "$body"; ${add('"$body"')} ;;
  "issue comment "*) printf '%s' "\${@: -1}" > "$body"; ${change('"$body"', '"$3"')} ;;
  *) echo "gh $*: not known here" >&2; exit 1 ;;
esac
rm "$body"; mv "$KEPT.new" "$KEPT"`;

/** `curl` for GitLab's notes and Azure DevOps' threads. */
const curl = `url="\${@: -1}"
body="$(mktemp)"
thread="$(sed -n 's#.*/threads/\\([0-9]*\\)/comments/.*#\\1#p' <<< "$url")"
case "$* " in
  *"--request PATCH"*/threads/*) jq --join-output .content > "$body"; ${change('"$body"', '"$thread"')} ;;
  *"--request POST"*/threads*) jq --join-output '.comments[0].content' > "$body"; ${add('"$body"')} ;;
  */threads*) jq '{value: map({id, comments: [{content: .body}]})}' "$KEPT"; exit ;;
  *"--request PUT"*) ${change("review.md", '"${url##*/}"')} ;;
  *"--request POST"*) ${add("review.md")} ;;
  *) cat "$KEPT"; exit ;;
esac
mv "$KEPT.new" "$KEPT"`;

/** Makes a job's folder; disposing of it removes it. */
export async function makeJob(): Promise<Job> {
  const folder = await mkdtemp(path.join(tmpdir(), "lakebase-job-"));
  const kept = path.join(folder, "kept.json");
  const tools = path.join(folder, "tools");
  await mkdir(tools);
  // The review command leaves review.md alone and ends as one that found a loss of data.
  const commands = { gh, curl, npx: 'exit "${REVIEW_CODE:-0}"', pulumi: 'echo "pulumi $*"' };
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(path.join(tools, name), `#!/usr/bin/env bash\nset -euo pipefail\n${script}\n`);
    await chmod(path.join(tools, name), 0o755);
  }
  await writeFile(kept, "[]");
  return {
    folder,
    entries: async () => JSON.parse(await readFile(kept, "utf8")) as Entry[],
    keep: async (entries) => await writeFile(kept, JSON.stringify(entries)),
    review: async (golden) =>
      await cp(path.join(PROJECT_DIR, "test/review/goldens", `${golden}.md`), path.join(folder, "review.md")),
    async run(script, env = {}) {
      const [shell, ...options] = script.shell;
      const child = spawn(shell!, [...options, "-c", script.text], {
        cwd: folder,
        env: { ...process.env, KEPT: kept, PATH: `${tools}${path.delimiter}${process.env.PATH}`, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text) => (output += text));
      const [code] = (await once(child, "close")) as [number];
      return { code, output };
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
