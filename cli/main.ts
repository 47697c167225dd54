import { readFileSync } from 'node:fs';
import process from 'node:process';

/** The command line. `root` is the folder that holds package.json. Sets the exit code; never throws. */
export async function main(root: URL): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  const words = process.argv.slice(2);
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  stopOnClosedPipe();
  if (words[0] === '__complete') {
    const { printCandidates } = await import('./completion.ts');
    return printCandidates(words.slice(1));
  }
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(words, root, version);
  endSoon();
}

const GRACE_MS = 3000;

/** A process that is done ends, whatever handle of a library is left, though none is known; what it has said is read first. */
function endSoon(): void {
  const end = () => (process.stdout.writableLength + process.stderr.writableLength > 0 ? endSoon() : process.exit());
  setTimeout(end, GRACE_MS).unref();
}

/** `millrace history list | head` closes stdout early: that is no error. */
function stopOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
