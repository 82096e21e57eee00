// The settings of the ready stack, from Pulumi.yaml.
import { parse } from "yaml";

interface Setting {
  readonly type?: string;
  readonly description?: string;
  /** Set for every stack of the project; such a key is another package's. */
  readonly value?: unknown;
  readonly default?: unknown;
}

/** The page of the settings. */
export function configurationPage(project: string): string {
  const { name, config } = parse(project) as { name: string; config: Record<string, Setting> };
  const own = Object.entries(config).filter(([, { value }]) => value === undefined);
  const rows = own.map(([key, setting]) => {
    const { type = "", description = "" } = setting;
    const fallback = "default" in setting ? `\`${JSON.stringify(setting.default)}\`` : "**required**";
    return `| \`${name}:${key}\` | ${type} | ${fallback} | ${description.replace(/\s+/g, " ").trim().replaceAll("|", "\\|")} |`;
  });
  return `# Settings of the ready stack

<!-- Generated from Pulumi.yaml by tools/reference.ts. -->

The project at the root of the repository is a stack of one \`LakebaseDatabase\`; \`pulumi config set KEY VALUE\` sets:

| Key | Type | Default | Meaning |
|---|---|---|---|
${rows.join("\n")}
`;
}
