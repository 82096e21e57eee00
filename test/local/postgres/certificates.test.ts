// The local authority: made once, kept, and fit for verification by TLS clients.
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCertificates } from "../../../local/postgres/certificates.ts";
import { temporaryFolder } from "./support.ts";

const YEAR = 365 * 86_400_000;

test("the authority is made once, its key is the owner's alone, and it may vouch for this machine only", async () => {
  using folder = temporaryFolder();
  const { caFile } = await openCertificates(folder.path);
  const pem = readFileSync(caFile, "utf8");
  expect(statSync(caFile).mode & 0o777).toBe(0o644);
  expect(statSync(join(folder.path, "ca.key")).mode & 0o777).toBe(0o600);
  const authority = new X509Certificate(pem);
  expect(authority.ca).toBe(true);
  expect(Date.parse(authority.validTo) - Date.now()).toBeGreaterThan(10 * YEAR);
  // Object identifier 2.5.29.30, name constraints, critical.
  expect(authority.raw.includes(Buffer.from("0603551d1e0101ff", "hex"))).toBe(true);
  await openCertificates(folder.path);
  expect(readFileSync(caFile, "utf8")).toBe(pem);
});

test("certificates issued before and after a restart are signed by the same authority", async () => {
  using folder = temporaryFolder();
  const before = await openCertificates(folder.path);
  const after = await openCertificates(folder.path);
  const authority = new X509Certificate(readFileSync(before.caFile));
  for (const { unnamed } of [before, after]) {
    const certificate = new X509Certificate(unnamed.cert);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  }
});

test("rotated, key and certificates are new, and the authority is not", async () => {
  using folder = temporaryFolder();
  const certificates = await openCertificates(folder.path);
  const { unnamed } = certificates;
  const one = await certificates.contextFor("a.localhost");
  await certificates.rotate();
  expect(certificates.unnamed.key).not.toBe(unnamed.key);
  expect(await certificates.contextFor("a.localhost")).not.toBe(one);
  const authority = new X509Certificate(readFileSync(certificates.caFile));
  expect(new X509Certificate(certificates.unnamed.cert).verify(authority.publicKey)).toBe(true);
});

test("a name's certificate is made once; names outside localhost all get that of localhost", async () => {
  using folder = temporaryFolder();
  const certificates = await openCertificates(folder.path);
  const one = await certificates.contextFor("a.localhost");
  expect(await certificates.contextFor("A.LOCALHOST")).toBe(one);
  expect(await certificates.contextFor("b.localhost")).not.toBe(one);
  const outside = await certificates.contextFor("example.com");
  for (const name of [
    "localhost",
    "localhost.example.com",
    "*.localhost",
    "",
    "x\0.localhost",
    `${"a.".repeat(150)}localhost`,
  ]) {
    expect(await certificates.contextFor(name)).toBe(outside);
  }
});
