// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of files
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadProject, type Project, requireVariables } from '../../../cli/config/project.ts';
import { maskText } from '../../../cli/output/secret.ts';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { matchesGolden } from '../../golden.ts';
import { folder } from '../command-line.ts';

function load(yaml: string, env: NodeJS.ProcessEnv = {}, dotEnv?: string): Project {
  using home = folder();
  writeFileSync(join(home.path, 'millrace.yaml'), yaml);
  if (dotEnv !== undefined) writeFileSync(join(home.path, '.env'), dotEnv);
  return loadProject(join(home.path, 'millrace.yaml'), home.path, env);
}

function problems(yaml: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    const { code, at, message, fix } = error;
    assert.equal(code, 'config.invalid');
    return `at ${at}\n${message}\nfix: ${fix}\n`;
  }
  assert.fail('the project was accepted');
}

function configOf(project: Project): Record<string, unknown> {
  return { ...project.connections.get('prod')!.config };
}

const connections = `
connections:
  prod: { type: mysql, host: db, password: "\${PW}" }
  copy: { type: tidb, host: db2 }
`;
const valid = `name: shop${connections}pipelines:\n  main: { from: prod, to: copy, streams: [shop.*] }\n`;

describe('project file', () => {
  const inputs = join(import.meta.dirname, '../../golden/cli/config');
  for (const name of readdirSync(inputs).filter((file) => file.endsWith('.yaml'))) {
    it(`tells every problem of ${name} with its line`, () => {
      const text = readFileSync(join(inputs, name), 'utf8');
      matchesGolden(`cli/config/${name.replace('.yaml', '.txt')}`, problems(text));
    });
  }

  it('reads connections and pipelines, defaults filled in', () => {
    const project = load(valid, { PW: 'x' });
    assert.deepEqual([...project.pipelines.keys()], ['main']);
    assert.equal(configOf(project).port, 3306);
  });

  it('takes a secret with every hard character as it is', () => {
    const password = `#a: "b" 'c' \${D} \\n, [x] {y} & * ! | > % @ \``;
    const project = load(valid, { PW: password });
    assert.equal(configOf(project).password, password);
    assert.equal(maskText(`refused for ${password}.`), 'refused for ***.');
  });

  it('looks at no variable in a comment', () => {
    const project = load(
      `# \${NOT_SET} and \${ALSO:-not}\n${valid.replace('host: db,', 'host: db, # ${NOT_SET_EITHER}\n   ')}`,
      { PW: '' },
    );
    assert.deepEqual(project.unset, []);
  });

  it('reads a number and a boolean from a variable, and text of digits as text', () => {
    const yaml = valid
      .replace('host: db,', 'host: db, port: "${PORT}", database: "${DB}",')
      .replace('to: copy', 'to: copy, adopt: "${ADOPT}"');
    const project = load(yaml, { PW: '0123', PORT: '3307', DB: '42', ADOPT: 'true' });
    const config = configOf(project);
    assert.deepEqual([config.port, config.database, config.password], [3307, '42', '0123']);
    assert.equal(project.pipelines.get('main')?.adopt, true);
    assert.match(
      problems(yaml, { PW: '', PORT: '33o7', DB: '', ADOPT: 'yes' }),
      /expected a number, got "33o7"[\s\S]*expected true or false/,
    );
  });

  it('misses a variable only where its part of the file is used', () => {
    const project = load(valid);
    requireVariables(project, [['connections', 'copy']]);
    assert.throws(
      () => requireVariables(project, [['connections', 'prod']]),
      /connections\.prod\.password: variable PW is not set/,
    );
  });

  it('takes .env beside the file, below the environment', () => {
    const dotEnv = 'PW="from # file"\nOTHER=\'x\'\n';
    const passwordOf = (project: Project) => configOf(project).password;
    assert.equal(passwordOf(load(valid, {}, dotEnv)), 'from # file');
    assert.equal(passwordOf(load(valid, { PW: 'from outside' }, dotEnv)), 'from outside');
    assert.equal(passwordOf(load(valid, { PW: '' }, dotEnv)), '', 'set to nothing is set');
  });

  it('follows anchors', () => {
    const yaml = `name: shop\nx: 1\nconnections:\n  a: &server { type: mysql, host: db }\n  b: *server\npipelines:\n  main: { from: a, to: b, streams: [x] }\n`;
    assert.match(problems(yaml), /millrace.yaml:2:1\nx: unknown setting/);
    assert.equal(load(yaml.replace('x: 1\n', '')).connections.size, 2);
  });

  it('shows no secret in a problem', () => {
    const text = problems(valid.replace('password: "${PW}"', 'password: 1234567'));
    assert.doesNotMatch(text, /1234567/);
    assert.match(text, /password: expected .*got a secret/);
  });
});
