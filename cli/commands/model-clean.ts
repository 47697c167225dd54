import { existsSync, realpathSync, rmSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import { Engine } from '../../transforms/context/index.ts';
import { Problems } from '../../transforms/project/problems.ts';
import { readProjectConfig } from '../../transforms/project/project-config.ts';
import type { Invocation, Outcome } from '../command.ts';
import { loadEnvironment } from '../config/environment.ts';
import { EXIT } from '../exit.ts';
import { mapOfYaml, projectFolder } from '../models/opening.ts';
import { templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';

/** `millrace clean`: removes the folders that `clean-targets` names. Nothing outside of the project, nothing that holds its files. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { options, terminal } = invocation;
  const root = projectFolder(options.projectDir ?? terminal.env.DBT_PROJECT_DIR, terminal.cwd);
  loadEnvironment(root, terminal.env);
  const engine = new Engine({
    invocation: { id: '', startedAt: new Date(), which: 'clean', options: new Map() },
    tell: templateMessages(invocation),
  });
  const scope = { vars: mapOfYaml(options.vars, '--vars'), env: terminal.env, target: new Map(), renderer: engine };
  const config = readProjectConfig(root, '', scope, new Problems());
  const folders = config.cleanTargets.map((folder) => resolve(root, folder));
  const kept = Object.values(config.paths)
    .flat()
    .filter((path) => path !== config.paths.target && path !== config.paths.packages && path !== config.paths.logs)
    .map((path) => resolve(root, path));
  for (const folder of folders) refuse(folder, root, kept);
  const removed = folders.filter((folder) => existsSync(folder));
  for (const folder of removed) rmSync(folder, { recursive: true });
  const names = removed.map((folder) => relative(root, folder));
  return {
    exit: EXIT.ok,
    summary:
      removed.length === 0 ? 'nothing to remove' : `${plural(removed.length, 'folder')} removed: ${names.join(', ')}`,
    result: { removed: names },
    report: '',
  };
}

/** @throws MillraceError `project.invalid` for a folder that is not the project's to remove */
function refuse(folder: string, root: string, kept: readonly string[]): void {
  const real = existsSync(folder) ? realpathSync(folder) : folder;
  const outside = !real.startsWith(realpathSync(root) + sep);
  const source = kept.find((path) => path === folder || path.startsWith(folder + sep));
  if (!outside && source === undefined) return;
  const reason = outside ? 'is outside of the project' : `holds ${relative(root, source!)}`;
  throw millraceError('project.invalid', `\`clean-targets\` names ${relative(root, folder) || '.'}, which ${reason}`, {
    at: join(root, 'dbt_project.yml'),
    fix: 'Name only folders that are made by runs.',
  });
}
