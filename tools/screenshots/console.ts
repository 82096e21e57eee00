// Pictures of the local workspace's console: light, dark, and on a phone.
import path from "node:path";
import type { BrowserContext } from "playwright-core";
import type { Sample } from "./sample.ts";

const looks = [
  { file: "console-light.png", colorScheme: "light", part: "", width: 1100, height: 1080 },
  { file: "console-dark.png", colorScheme: "dark", part: "#requests", width: 1100, height: 760 },
  { file: "console-phone.png", colorScheme: "light", part: "", width: 400, height: 900 },
] as const;

/** Takes them; the files. */
export async function screenConsole(
  context: BrowserContext,
  folder: string,
  { workspace }: Sample,
): Promise<string[]> {
  const page = await context.newPage();
  await page.goto(`${workspace.apiUrl}/console`);
  await page.getByLabel("Token").fill(workspace.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Instances" }).waitFor();
  const files: string[] = [];
  for (const { file, colorScheme, part, width, height } of looks) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${workspace.apiUrl}/console?live=off`);
    if (part !== "") {
      await page.locator("#new-fault-summary").click();
      await page.evaluate(`document.querySelector("${part}").scrollIntoView({ behavior: "instant" })`);
    }
    await page.evaluate("document.activeElement.blur()");
    files.push(path.join(folder, file));
    await page.screenshot({ path: path.join(folder, file) });
  }
  await page.close();
  return files;
}
