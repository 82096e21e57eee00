// Run as a process of its own: the demo with --keep, noted in the file given, so that nobody's kept demo is touched.
import { runDemo } from "../../../tools/demo/index.ts";

const [note = ""] = process.argv.slice(2);
await runDemo({ keep: true, note }, new AbortController().signal);
