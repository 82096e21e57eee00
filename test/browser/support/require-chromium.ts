// Ends the run of the browser tests with what to install, where there is no browser.
import { findChromium, missingChromium } from "../../../tools/support/chromium.ts";

export default function requireChromium(): void {
  if (findChromium() === undefined) throw new Error(missingChromium);
}
