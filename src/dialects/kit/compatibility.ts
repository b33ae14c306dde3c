// COMPATIBILITY.md of a dialect, out of its option rows and other tables. A test renders it again
// and compares, so that the file always says what the program does.

import type { OptionRow, Support } from './option.ts';
import { spelling } from './help.ts';

/** A row of a table that is not of options: a field, a column, an operation. */
export interface FeatureRow {
  readonly name: string;
  readonly support: Support;
}

/** One table of the file. */
export interface CompatibilityTable {
  readonly title: string;
  readonly rows: readonly FeatureRow[];
}

/** The rows of a command's options. */
export function optionFeatures<Draft>(
  rows: readonly OptionRow<Draft>[],
  command: string,
): FeatureRow[] {
  return rows
    .filter((row) => row.commands.includes(command))
    .map((row) => {
      const since = row.since === undefined ? '' : ` (${row.since})`;
      return { name: `\`${spelling(row).trim()}\`${since}`, support: row.support };
    });
}

/** The whole file. */
export function compatibilityText(
  title: string,
  introduction: string,
  tables: readonly CompatibilityTable[],
): string {
  let text = `# ${title}\n\n${introduction}\n\nGenerated from the tables of the program; do not edit.\n`;
  text += '\n| table | full | accepted without effect | refused |\n|---|---:|---:|---:|\n';
  for (const { title: name, rows } of tables) {
    const count = (kind: Support['kind']) => rows.filter((row) => row.support.kind === kind).length;
    text += `| ${name} | ${count('full')} | ${count('accepted')} | ${count('refused')} |\n`;
  }
  for (const { title: name, rows } of tables) {
    text += `\n## ${name}\n\n| | support | evidence or note |\n|---|---|---|\n`;
    for (const row of rows) {
      const { support } = row;
      const words = support.kind === 'full' ? support.evidence : support.note;
      text += `| ${escaped(row.name)} | ${support.kind} | ${escaped(words)} |\n`;
    }
  }
  return text;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
