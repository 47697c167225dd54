import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeTableMarkdown } from '../../connectors/types/index.ts';

const cellsOf = (line: string) => line.split(/(?<!\\)\|/).map((cell) => cell.trim());

test('the type table has a row for every column type of the servers, each whole', () => {
  const lines = typeTableMarkdown()
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const names = lines.slice(2).map((line) => cellsOf(line)[1]?.replace(/\W.*/, ''));
  const every =
    'tinyint smallint mediumint int bigint decimal float double char varchar tinytext text mediumtext longtext binary varbinary tinyblob blob ' +
    'mediumblob longblob date time datetime timestamp year bit enum set json uuid inet4 inet6 vector geometry';
  for (const name of every.split(' ')) assert.ok(names.includes(name), name);
  for (const line of lines) assert.equal(cellsOf(line).length, 10, line);
});
