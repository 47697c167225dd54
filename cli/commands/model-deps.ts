import { millraceError } from '../../connectors/contract/index.ts';
import { Engine } from '../../transforms/context/index.ts';
import { addPackage, type PackageSource } from '../../transforms/packages/add.ts';
import { installPackages } from '../../transforms/packages/install.ts';
import { addressOf } from '../../transforms/packages/refusal.ts';
import type { Invocation, Outcome } from '../command.ts';
import { loadEnvironment } from '../config/environment.ts';
import { EXIT } from '../exit.ts';
import { mapOfYaml, projectFolder } from '../models/opening.ts';
import { templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';

/** `millrace deps`: installs the packages that a project asks for. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { options, terminal } = invocation;
  const root = projectFolder(options.projectDir ?? terminal.env.DBT_PROJECT_DIR, terminal.cwd);
  loadEnvironment(root, terminal.env);
  const engine = new Engine({
    invocation: { id: '', startedAt: new Date(), which: 'deps', options: new Map() },
    tell: templateMessages(invocation),
  });
  const scope = { vars: mapOfYaml(options.vars, '--vars'), env: terminal.env, target: new Map(), renderer: engine };
  const { upgrade = false, lock = false, addPackage: wish, source } = options;
  if (source !== undefined && wish === undefined) {
    throw millraceError('project.package', '`--source` is about a package that is added, and none is', {
      at: '--source',
      fix: 'Name the package by `--add-package`.',
    });
  }
  const added = wish === undefined ? undefined : addPackage(root, wish, (source ?? 'hub') as PackageSource);
  const installing = installPackages({ root, scope, upgrade, lockOnly: lock });
  // What cannot be had is no part of the project.
  const { packages, isLocked, folder } = await installing.catch((error: unknown) => {
    added?.undo();
    throw error;
  });
  const lines = packages.map(({ spec, name, revision }) =>
    [name, addressOf(spec), ...(revision === undefined ? [] : [revision.slice(0, 12)])].join('  '),
  );
  const files = [...(added === undefined ? [] : [added.file]), ...(isLocked ? ['package-lock.yml'] : [])];
  const written = files.length === 0 ? [] : [`${files.join(' and ')} ${files.length === 1 ? 'is' : 'are'} written`];
  const installed = folder === undefined ? [] : [`${plural(packages.length, 'package')} in ${folder}`];
  return {
    exit: EXIT.ok,
    summary: packages.length === 0 ? 'the project asks for no packages' : [...installed, ...written].join('; '),
    result: {
      packages: packages.map(({ spec, name, revision = null }) => ({ name, from: addressOf(spec), revision })),
      locked: isLocked,
      folder: folder ?? null,
    },
    report: lines.join('\n'),
  };
}
