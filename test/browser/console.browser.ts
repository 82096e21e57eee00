// The console in a real browser: login, keyboard, updates that keep what one is at, phone, accessibility, no errors.
import { createRequire } from "node:module";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startBrowser } from "../../tools/support/chromium.ts";
import { startApiWorkspace, type TestWorkspace } from "../local/support/workspace.ts";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let api: TestWorkspace;
let browser: Awaited<ReturnType<typeof startBrowser>>;
let context: BrowserContext;
let page: Page;
let complaints: string[];

const address = (query = "") => `${api.workspace.apiUrl}/console${query}`;

async function logIn(at: Page): Promise<void> {
  await at.goto(address());
  await at.getByLabel("Token").fill(api.workspace.token);
  await at.keyboard.press("Enter");
  await at.getByRole("heading", { name: "Instances" }).waitFor();
}

beforeAll(async () => {
  api = await startApiWorkspace();
  await api.createInstance({ name: "orders", capacity: "CU_2" });
  await api.createInstance({ name: "archive", capacity: "CU_1", stopped: true });
  await api.call("GET", "/api/2.0/database/instances/nope");
  browser = await startBrowser({ viewport: { width: 1280, height: 900 } });
  context = browser.context;
  context.setDefaultTimeout(20_000);
  const first = await context.newPage();
  await logIn(first);
  await first.close();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  complaints = [];
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(address());
});
afterEach(async () => {
  await page.close();
  expect(complaints).toEqual([]);
});

/** What the browser tells assistive technology about the focused element, after each Tab. */
async function walk(steps: number): Promise<string[]> {
  const names: string[] = [];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press("Tab");
    names.push(
      await page.evaluate<string>(
        "(({ tagName, innerText, id }) => (tagName.toLowerCase() + ' ' + (innerText || id)).replace(/\\s+/g, ' ').trim())(document.activeElement)",
      ),
    );
  }
  return names;
}

async function violations(at: Page): Promise<string[]> {
  // Run as the browser's own tool would be: the page's policy allows no other script.
  await at.addScriptTag({ path: axe }).catch(() => undefined);
  const client = await at.context().newCDPSession(at);
  await client.send("Page.setBypassCSP", { enabled: true });
  await at.reload();
  await at.addScriptTag({ path: axe });
  const found = await at.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
  );
  await client.detach();
  return found;
}

describe("the console in a browser", () => {
  it("keeps the login in a cookie that scripts cannot read", async () => {
    expect(await page.evaluate("document.cookie")).toBe("");
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/console" });
    expect(await page.content()).not.toContain(api.workspace.token);
  });

  it("is walked through by keyboard, in the order that is seen", async () => {
    expect(await walk(1)).toEqual(["a Skip to content"]);
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    expect(await walk(2)).toEqual(["select 1 minute 1 hour 1 day", "button Move"]);
    expect(await walk(4)).toEqual([
      "summary Endpoints of orders",
      "button Stop orders",
      "summary Endpoints of archive",
      "button Start archive",
    ]);
  });

  it("shows where the focus is", async () => {
    await page.getByRole("button", { name: "Stop orders" }).focus();
    await page.keyboard.press("Shift+Tab");
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    expect(outline).toBe("solid");
  });

  it("unfolds endpoints by Enter, and keeps them and the focus when the page updates", async () => {
    const summary = page.locator("summary", { hasText: "Endpoints of orders" });
    const details = page.locator("details", { has: summary });
    await summary.focus();
    await page.keyboard.press("Enter");
    expect(await details.getAttribute("open")).not.toBeNull();
    expect(await details.innerText()).toMatch(/instance-[0-9a-f-]{36}\.database\.localhost/);
    await api.createInstance({ name: "later" });
    await page.getByRole("rowheader", { name: "later" }).waitFor();
    expect(await details.getAttribute("open")).not.toBeNull();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Endpoints of orders");
  });

  it("stops and starts an instance by its forms", async () => {
    await page.getByRole("button", { name: "Stop orders" }).press("Enter");
    await page.getByText("Instance orders is stopping.").waitFor();
    await page.getByRole("button", { name: "Start orders" }).waitFor();
    await page.getByRole("button", { name: "Start orders" }).click();
    await page.getByRole("button", { name: "Stop orders" }).waitFor();
  });

  it("plants a fault that the next request meets and the log tells", async () => {
    await page.getByText("Plant a fault").press("Enter");
    await page.getByLabel("Path matches").fill("/instances/orders$");
    await page.getByRole("button", { name: "Plant", exact: true }).click();
    await page.getByRole("table", { name: "Planted faults" }).waitFor();
    expect((await api.call("GET", "/api/2.0/database/instances/orders")).status).toBe(503);
    await page.getByText("fault: answers 503").first().waitFor();
    expect(await page.getByRole("table", { name: "Planted faults" }).count()).toBe(0);
  });

  it("can be paused, and works without scripts", async () => {
    await page.getByRole("link", { name: "Pause updates" }).click();
    expect(new URL(page.url()).search).toBe("?live=off");
    expect(await page.locator("script").count()).toBe(0);
    await page.getByRole("link", { name: "Update live" }).click();
    expect(await page.locator("script").count()).toBe(1);
  });

  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const)("has nothing that the accessibility rules object to, %s at %i", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(address("?live=off"));
    expect(await violations(page)).toEqual([]);
    complaints = complaints.filter((text) => !text.includes("Content Security Policy"));
  });

  it("fits a phone: nothing is wider than the screen, and each value has its title", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect(wide).toBeLessThanOrEqual(360);
    const title = await page.evaluate(
      "getComputedStyle(document.querySelector('#instances td'), '::before').content",
    );
    expect(title).toContain("State");
    expect(await page.getByRole("columnheader", { name: "Capacity" }).count()).toBe(1);
  });

  it("says that the workspace does not answer, and goes on when it does", async () => {
    await page.route("**/console", (route) => route.abort());
    await page.locator("body.stale").waitFor();
    await page.unroute("**/console");
    await page.locator("body:not(.stale)").waitFor();
    complaints = complaints.filter((text) => !text.includes("ERR_FAILED"));
  });
});
