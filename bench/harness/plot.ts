// A bar plot of a part as SVG: one group of bars a measure, each scaled to the measure's longest bar.
import { formatNumber, formatRatio } from "./format.ts";
import { figuresOf, type Section } from "./result.ts";

const width = 860;
const left = 250;
const longest = 440;
const barHeight = 16;
const gap = 14;
/** Told apart with every common kind of colour blindness (Okabe and Ito). */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

/** Draws the sections below each other. */
export function plot(title: string, sections: readonly Section[]): string {
  const shapes: string[] = [];
  let y = 30;
  shapes.push(text(16, y, title, 'font-size="16" font-weight="bold"'));
  for (const section of sections) {
    y += 32;
    shapes.push(text(16, y, section.title, 'font-weight="bold"'));
    for (const measure of section.measures) {
      y += gap + 8;
      shapes.push(text(16, y, `${measure.name} (${measure.unit}; ${measure.better} is better)`));
      y += 6;
      const figures = Object.entries(figuresOf(measure));
      const most = Math.max(...figures.map(([, figure]) => figure.median));
      for (const [index, [variant, figure]] of figures.entries()) {
        const length = most > 0 ? Math.max(1, (figure.median / most) * longest) : 1;
        const colour = colours[index % colours.length];
        const ratio =
          figure.ratio === undefined || !Number.isFinite(figure.ratio)
            ? ""
            : ` (${formatRatio(figure.ratio)})`;
        shapes.push(
          text(left - 8, y + 12, variant, 'text-anchor="end"'),
          `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 3}" fill="${colour}"/>`,
          text(left + length + 6, y + 12, `${formatNumber(figure.median)}${ratio}`),
        );
        y += barHeight;
      }
    }
  }
  const height = y + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${shapes.join("\n")}
</svg>
`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y}"${attributes && ` ${attributes}`}>${escaped(content)}</text>`;
}

const escaped = (content: string): string =>
  content.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
