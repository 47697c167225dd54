import type { CodeEntry } from './codes.ts';

/** Errors of projects of models. A part of `errorCodes`. */
export const modelCodes = {
  'model.changed': {
    origin: 'model',
    retry: 'never',
    meaning:
      'An incremental model gives other columns than its table has, and `on_schema_change` is `fail`; or its table cannot be changed as far. Or the table of a snapshot lacks the columns that a history has.',
    fix: 'Run with `--full-refresh`, or choose `on_schema_change: append_new_columns` or `sync_all_columns`.',
  },
  'model.contract': {
    origin: 'model',
    retry: 'never',
    meaning: 'A model with an enforced contract gives other columns or types than the contract says.',
    fix: 'Correct the query or the contract.',
  },
  'model.cycle': {
    origin: 'model',
    retry: 'never',
    meaning: 'Models depend on each other in a circle, so that none of them can be built first.',
    fix: 'Take one of the named references out.',
  },
  'model.dialect': {
    origin: 'model',
    retry: 'never',
    meaning:
      'A model in the standard dialect says something that the database does not have, or that would silently mean something else there.',
    fix: 'Write it as `docs/dialect.md` says, or set `+dialect: mysql` where the model is written for this database alone.',
  },
  'model.duplicate': {
    origin: 'model',
    retry: 'never',
    meaning: 'Two things of a project have the same name, or would be the same table.',
    fix: 'Rename one, or give one another `alias` or `schema`.',
  },
  'model.fixture': {
    origin: 'model',
    retry: 'never',
    meaning:
      'Rows of a unit test do not fit what they stand for: they name a column that it does not have, or a value that the column cannot hold as it is written.',
    fix: 'Read the name and the type in the message, and change the row.',
  },
  'model.invalid': {
    origin: 'model',
    retry: 'never',
    meaning: 'A model, test or other part of a project is described in a way that has no meaning.',
    fix: 'Correct the named place.',
  },
  'model.key': {
    origin: 'model',
    retry: 'never',
    meaning:
      'The `unique_key` of a model names a column that is not there, or new rows hold a key twice where each must be one row.',
    fix: 'Correct `unique_key`, or make the query give one row for each key.',
  },
  'model.lossy': {
    origin: 'model',
    retry: 'never',
    meaning:
      'The database cut, rounded or reinterpreted a value and said so in a warning only. What was built with it is not used.',
    fix: 'Cast to a type that holds the value, or filter out what is no value of the type.',
  },
  'model.materialization': {
    origin: 'model',
    retry: 'never',
    meaning: 'A materialization that the project or a package brings does not do what one has to.',
    fix: "Let it run its statement by {% call statement('main') %}, and end with {{ return({'relations': [this]}) }}.",
  },
  'model.raised': {
    origin: 'model',
    retry: 'never',
    meaning:
      'A macro of the project or of a package stopped with words of its own: `exceptions.raise_compiler_error` and the like.',
    fix: 'Read what the macro says.',
  },
  'model.reference': {
    origin: 'model',
    retry: 'never',
    meaning:
      'A model or test refers to something that is not in the project, is disabled, or may not be used from there.',
    fix: 'Correct the name, enable what it names, or install its package.',
  },
  'model.seed': {
    origin: 'model',
    retry: 'never',
    meaning: 'The file of a seed cannot be read as rows of one table.',
    fix: 'Correct the file, or `delimiter` and `column_types` of the seed.',
  },
  'model.template': {
    origin: 'model',
    retry: 'never',
    meaning: 'The template of a model, test, hook or macro failed while it was rendered.',
    fix: 'Correct the template at the named line; the macros that were under way are named below it.',
  },
  'model.unsupported': {
    origin: 'model',
    retry: 'never',
    meaning: 'A model needs something that these databases do not have.',
    fix: 'Write it in SQL, or disable it with `enabled: false`.',
  },
  'project.artifact': {
    origin: 'config',
    retry: 'never',
    meaning:
      'A file that an earlier run of models leaves is needed, and is not there or not of the form that dbt gives it.',
    fix: 'Run the models again, or name the folder with `--target-path` or `--state`.',
  },
  'project.invalid': {
    origin: 'config',
    retry: 'never',
    meaning: 'A file that describes a project of models has a key or value that has no meaning.',
    fix: 'Correct the named place.',
  },
  'project.missing': {
    origin: 'config',
    retry: 'never',
    meaning: 'There is no project of models where one was looked for: a folder with a `dbt_project.yml`.',
    fix: 'Go to the folder of the project, or name it with `--project-dir`.',
  },
  'project.package': {
    origin: 'config',
    retry: 'never',
    meaning: 'A package that the project names is not there, or is there twice.',
    fix: 'Install the packages of the project.',
  },
  'project.profile': {
    origin: 'config',
    retry: 'never',
    meaning: 'No connection was found under the name of the profile and target, or it is of a type that is not served.',
    fix: 'Add the profile to `profiles.yml`.',
  },
  'project.template': {
    origin: 'config',
    retry: 'never',
    meaning: 'A template in a file of the project could not be rendered.',
    fix: 'Correct the template, or set the variable that it names.',
  },
  'project.version': {
    origin: 'config',
    retry: 'never',
    meaning:
      'The project or one of its packages asks for another version of dbt than the one whose behaviour is followed.',
    fix: 'Widen `require-dbt-version`, or use another version of the package.',
  },
  'project.yaml': {
    origin: 'config',
    retry: 'never',
    meaning: 'A file of the project is not YAML as PyYAML reads it.',
    fix: 'Correct the named place.',
  },
  'select.invalid': {
    origin: 'config',
    retry: 'never',
    meaning: 'A selection of nodes is not of the grammar, or names what there is not to compare with.',
    fix: 'Correct `--select`, `--exclude` or the entry of `selectors.yml`.',
  },
} as const satisfies Record<string, CodeEntry>;
