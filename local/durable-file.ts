// Small files that are whole or not there, also after the machine has lost its power.
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file in place of what stands there; it is on the disk when this resolves. */
export async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const unfinished = `${file}.new`;
  const made = await open(unfinished, "w", mode);
  try {
    await made.writeFile(text);
    await made.sync();
  } finally {
    await made.close();
  }
  await rename(unfinished, file);
  await syncFolder(dirname(file));
}

/** A rename is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
