/** A command line of millrace that a shell reads back as the same words. */
export function commandText(words: readonly string[]): string {
  return ['millrace', ...words.map(shellWord)].join(' ');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
