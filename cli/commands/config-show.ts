import { isScalar, type Scalar, visit } from 'yaml';
import type { Invocation, Outcome } from '../command.ts';
import { pipelineId, requireProject } from '../config/place.ts';
import type { Project } from '../config/project.ts';
import { EXIT } from '../exit.ts';
import { isSecretName, MASK } from '../output/secret.ts';

/** `millrace config show`: the file as written, references instead of what they stand for, plain secrets masked. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const project = requireProject(invocation);
  const names = [...project.pipelines.keys()];
  const document = shownDocument(project);
  const ids = Object.fromEntries(names.map((name) => [name, pipelineId(project, name)]));
  const idLines = Object.entries(ids).map(([name, id]) => `# ${name}: ${id}`);
  return {
    exit: EXIT.ok,
    summary: '',
    result: { file: project.file.path, ids, config: document.toJS() },
    report: [`# ${project.file.path}`, ...idLines, document.toString().trimEnd()].join('\n'),
  };
}

function shownDocument({ file }: Project) {
  visit(file.document, {
    Scalar(key, node) {
      const written = file.references.get(node)?.written;
      if (key !== 'key' && written !== undefined) node.value = written;
    },
    Pair(_, { key, value }) {
      if (isScalar(key) && isSecretName(String(key.value)) && isScalar(value) && !file.references.has(value))
        hide(value);
    },
  });
  return file.document;
}

function hide(value: Scalar): void {
  if (typeof value.value === 'string' && value.value !== '') value.value = MASK;
}
