// The scripts of the workflow files, run: comments are edited in place, clones come and go on the local workspace.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeCheckout } from "../docs/support/checkout.ts";
import { ask, instanceOf, reach } from "../stack/support/workspace-control.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { scriptNamed } from "./support/scripts.ts";
import { makeJob } from "./support/stubs.ts";

/** Azure's agent puts them in before bash sees the script. */
const macros = /\$\(([A-Z]\w+(\.\w+)+)\)/g;

const stranger = { id: 1, body: "What does this do?", user: { login: "ann" } };

describe("GitHub", () => {
  const script = scriptNamed("github", "lakebase-preview.yml: Comment");
  const env = (folder: string) => ({
    GITHUB_STEP_SUMMARY: path.join(folder, "summary"),
    GITHUB_REPOSITORY: "acme/shop",
    NUMBER: "7",
  });

  it("writes one comment, and edits it when the pull request changes", async () => {
    await using job = await makeJob();
    await job.keep([stranger]);
    await job.review("instance-resized");
    expect(await job.run(script, env(job.folder))).toMatchObject({ code: 0 });
    expect(await job.entries()).toMatchObject([
      stranger,
      { body: expect.stringContaining("Needs attention") },
    ]);
    await job.review("instance-renamed");
    expect(await job.run(script, env(job.folder))).toMatchObject({ code: 0 });
    expect(await job.entries()).toMatchObject([stranger, { body: expect.stringContaining("Destroys data") }]);
  });

  it("leaves alone a comment that somebody else made with the marker", async () => {
    await using job = await makeJob();
    await job.review("instance-resized");
    const marker = (await readFile(path.join(job.folder, "review.md"), "utf8")).split("\n")[0];
    await job.keep([{ ...stranger, body: `${marker}\nmine` }]);
    await job.run(script, env(job.folder));
    expect(await job.entries()).toMatchObject([
      { body: `${marker}\nmine` },
      { body: expect.stringContaining("Needs attention") },
    ]);
  });

  it("writes no second comment when those that there are cannot be read", async () => {
    await using job = await makeJob();
    await job.review("instance-resized");
    await writeFile(path.join(job.folder, "kept.json"), "no JSON");
    expect((await job.run(script, env(job.folder))).code).not.toBe(0);
    expect(await readFile(path.join(job.folder, "kept.json"), "utf8")).toBe("no JSON");
  });

  it("fails the check by the review's exit code, and says what the label is for", async () => {
    await using job = await makeJob();
    const verdict = scriptNamed("github", "lakebase-preview.yml: Verdict");
    const lost = await job.run(verdict, { CODE: "2" });
    expect(lost.code).toBe(2);
    expect(lost.output).toContain("data-loss-approved");
    expect(await job.run(verdict, { CODE: "0" })).toEqual({ code: 0, output: "" });
  });

  it("ends at the step in which the token is refused", async () => {
    await using job = await makeJob();
    await writeFile(path.join(job.folder, "tools", "curl"), "#!/bin/sh\nexit 22\n");
    const token = scriptNamed("github", "lakebase-preview.yml: Databricks token");
    const asked = {
      GITHUB_ENV: path.join(job.folder, "env"),
      DATABRICKS_HOST: "https://dbc-1.example.com",
      DATABRICKS_CLIENT_ID: "id",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "asked",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://tokens.example.com?a=b",
    };
    expect(await job.run(token, asked)).toEqual({ code: 22, output: "" });
  });

  it("keeps one issue about drift", async () => {
    await using job = await makeJob();
    const issue = scriptNamed("github", "lakebase-drift.yml: Issue");
    const run = (name: string) =>
      job.run(issue, { GITHUB_REPOSITORY: "acme/shop", TITLE: "Drift", RUN: name });
    expect(await run("first")).toMatchObject({ code: 0 });
    expect(await run("second")).toMatchObject({ code: 0 });
    expect(await job.entries()).toMatchObject([{ body: expect.stringContaining("second") }]);
  });
});

it("GitLab: writes one note, edits it, and ends with the review's exit code", async () => {
  await using job = await makeJob();
  await job.keep([stranger]);
  const script = scriptNamed("gitlab", "lakebase.gitlab-ci.yml: lakebase-review");
  const env = { CI_API_V4_URL: "http://x", CI_PROJECT_ID: "1", CI_MERGE_REQUEST_IID: "7", PULUMI_STACK: "p" };
  const own = { REVIEW_TOKEN: "t", CI_MERGE_REQUEST_LABELS: "" };
  await job.review("instance-resized");
  expect(await job.run(script, { ...env, ...own })).toMatchObject({ code: 0 });
  await job.review("instance-renamed");
  expect(await job.run(script, { ...env, ...own, REVIEW_CODE: "2" })).toMatchObject({ code: 2 });
  expect(await job.entries()).toMatchObject([stranger, { body: expect.stringContaining("Destroys data") }]);
});

it("Azure DevOps: writes one thread, edits it, and ends with the review's exit code", async () => {
  await using job = await makeJob();
  await job.keep([stranger]);
  const script = scriptNamed("azure-devops", "lakebase-pipelines.yml: Review, deploy or compare");
  const filled = { ...script, text: script.text.replace(macros, "x") };
  const env = {
    BACKEND: "b",
    STACK: "production",
    SYSTEM_ACCESSTOKEN: "t",
    SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
  };
  await job.review("instance-resized");
  expect(await job.run(filled, { ...env, BUILD_REASON: "PullRequest" })).toMatchObject({ code: 0 });
  await job.review("instance-renamed");
  const second = await job.run(filled, { ...env, BUILD_REASON: "PullRequest", REVIEW_CODE: "2" });
  expect(second).toMatchObject({ code: 2 });
  expect(await job.entries()).toMatchObject([stranger, { body: expect.stringContaining("Destroys data") }]);
  expect((await job.run(filled, { ...env, BUILD_REASON: "Schedule" })).output).toContain("pulumi refresh");
  expect((await job.run(filled, { ...env, BUILD_REASON: "IndividualCI" })).output).toContain(
    "pulumi up --yes",
  );
});

it("Azure DevOps: takes away the clones of pull requests that are not active, and no other stack", async () => {
  await using job = await makeJob();
  const script = scriptNamed("azure-devops", "lakebase-clone.yml: Make, or remove");
  const stubs = `pulumi() { if test "$*" = "stack ls --json"; then echo '[{"name":"pr-7"},{"name":"pr-8"},{"name":"prod"}]'
    else echo "pulumi $*"; fi; }
  curl() { case "$*" in */8*) echo '{"status":"completed"}' ;; *) echo '{"status":"active"}' ;; esac; }`;
  const filled = { ...script, text: `${stubs}\n${script.text.replace(macros, "x")}` };
  const env = { BACKEND: "b", PARENT_INSTANCE: "orders", SYSTEM_ACCESSTOKEN: "t" };
  const scheduled = await job.run(filled, { ...env, BUILD_REASON: "Schedule" });
  expect(scheduled).toEqual({
    code: 0,
    output: "pulumi login b\npulumi destroy --yes --non-interactive --remove --stack pr-8\n",
  });
  const asked = { BUILD_REASON: "PullRequest", SYSTEM_PULLREQUEST_PULLREQUESTID: "9" };
  expect((await job.run(filled, { ...env, ...asked })).output).toContain("pulumi stack select --create pr-9");
});

it("GitHub: a clone is made, made again without a change, taken away, and not missed when it is gone", async () => {
  mayDelete("orders-pr-7");
  await using checkout = await makeCheckout();
  await checkout.startWorkspace();
  const ready = JSON.parse(await readFile(path.join(checkout.folder, ".cache/local/ready.json"), "utf8"));
  await ask(ready, "POST", "/api/2.0/database/instances", { name: "orders", capacity: "CU_1" });
  await reach(ready, "orders", "AVAILABLE");
  // Port and certificate are the local workspace's own.
  const settings = {
    config: { "preview-clone:port": ready.postgresPort, "preview-clone:sslRootCert": ready.caFile },
  };
  const folder = path.join(checkout.folder, "examples/preview-clone");
  await writeFile(path.join(folder, "Pulumi.pr-7.yaml"), JSON.stringify(settings));
  // The rest of the shell is as GitHub's.
  const job = `set +u; cd examples/preview-clone; export STACK=pr-7 PARENT_INSTANCE=orders GITHUB_ENV="$PWD/github.env"\n`;
  const run = (step: string) => checkout.run(job + scriptNamed("github", `lakebase-clone.yml: ${step}`).text);

  expect(await run("Clone")).toMatchObject({ code: 0 });
  expect((await instanceOf(ready, "orders-pr-7")).parent_instance_ref).toMatchObject({ name: "orders" });
  expect(await readFile(path.join(folder, "github.env"), "utf8")).toContain(
    "LAKEBASE_INSTANCE_NAME=orders-pr-7",
  );
  const again = await run("Clone");
  expect(again.stdout).toMatch(/\d+ unchanged/);
  expect(again.stdout).not.toMatch(/\d+ (created|updated|replaced)/);
  expect(await run("Remove")).toMatchObject({ code: 0 });
  const gone = await run("Remove");
  expect(gone).toMatchObject({ code: 0 });
  expect(gone.stdout).toContain("nothing was made for this pull request");
  expect((await instanceOf(ready, "orders")).state).toBe("AVAILABLE");
}, 300_000);
