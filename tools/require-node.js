// Preloaded before every tool: plain JavaScript, so that a Node too old to run TypeScript still gets one clear line.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `pulumi-lakebase: this is Node ${process.version}, 22.18 or later is needed: run \`npm rebuild node\` ` +
      "(the npm package `node` brings one along; its install script may have been blocked), or install Node 24\n",
  );
  process.exit(1);
}
