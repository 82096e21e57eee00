// An app's source folder: read, checked, and its app.yaml written.
export { type AppCheckOptions, appCheck } from "./app-check.ts";
export { checkAppFolder, checkAppSource } from "./check.ts";
export { portWord, proposeCommand } from "./propose-command.ts";
export { type AppSource, type ParsedFile, readAppSource } from "./read-folder.ts";
export { type AppYaml, writeAppYaml } from "./write-app-yaml.ts";
