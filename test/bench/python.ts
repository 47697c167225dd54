import { join } from 'node:path';
import { cached } from '../services/cache.ts';
import { build, findProgram } from '../services/command.ts';
import { CannotMeasure } from './cannot-measure.ts';

/** A Python environment with these packages, kept outside the repository. Gives its folder of programs. */
export async function pythonPrograms(key: string, packages: readonly string[]): Promise<string> {
  const python = await findProgram('python3');
  if (python === undefined) throw new CannotMeasure('there is no python3 on this machine');
  try {
    const folder = await cached(`bench-${key}`, async (target) => {
      // Programs of the environment name its folder, which is renamed afterwards: they are run by their interpreter.
      await build([python, '-m', 'venv', '--copies', target], target);
      await build([join(target, 'bin/python3'), '-m', 'pip', 'install', '--quiet', ...packages], target);
    });
    return join(folder, 'bin');
  } catch (cause) {
    throw new CannotMeasure(`${packages.join(', ')} cannot be installed: ${(cause as Error).message.slice(-300)}`);
  }
}
