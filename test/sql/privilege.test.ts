import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { destinationNeeds, grantStatements, sourceNeeds } from '../../connectors/sql/grants.ts';
import { missingPrivileges, type Need, needText, parseGrant } from '../../connectors/sql/privilege.ts';

/** Needs that these lines of SHOW GRANTS leave open. */
async function missing(lines: readonly string[], ...needs: readonly Need[]): Promise<string[]> {
  const run = async (sql: string) => (sql === 'SHOW GRANTS' ? lines.map((line) => [line]) : [['NONE']]);
  return (await missingPrivileges(run, needs)).map(needText);
}

const select = (namespace: string, name?: string): Need => ({
  privilege: 'SELECT',
  on: name === undefined ? { namespace } : { namespace, name },
});

describe('missingPrivileges', () => {
  it('knows wildcards of databases, and escapes', async () => {
    const escaped = 'GRANT SELECT ON `my\\_db`.* TO `u`@`%`';
    assert.deepEqual(await missing([escaped], select('my_db', 't'), select('myxdb', 't')), ['SELECT on myxdb.t']);
    const wild = 'GRANT SELECT ON `my_%`.* TO `u`@`%` WITH GRANT OPTION';
    assert.deepEqual(await missing([wild], select('my_db', 't'), select('myx'), select('my')), ['SELECT on my.*']);
    assert.deepEqual(await missing(['GRANT SELECT ON `a.b+`.* TO `u`@`%`'], select('a.b+'), select('axb+')), [
      'SELECT on axb+.*',
    ]);
  });

  it('keeps a table apart from its database', async () => {
    const line = 'GRANT SELECT, UPDATE ON `s``q`.`t``x` TO `u`@`%`';
    assert.deepEqual(await missing([line], select('s`q', 't`x'), select('s`q', 'y'), select('s`q')), [
      'SELECT on s`q.y',
      'SELECT on s`q.*',
    ]);
  });

  it('takes ALL for everything below it, and nothing from routines, roles and proxies', async () => {
    const needs = destinationNeeds('mysql', [{ namespace: 'd', name: 't' }], true);
    assert.deepEqual(await missing(["GRANT ALL PRIVILEGES ON `d`.* TO 'u'@'%'"], ...needs), []);
    const nothing = [
      'GRANT USAGE ON *.* TO `u`@`%`',
      'GRANT EXECUTE ON PROCEDURE `d`.`p` TO `u`@`%`',
      'GRANT `r`@`%` TO `u`@`%`',
      'GRANT PROXY ON ``@`%` TO `root`@`localhost` WITH GRANT OPTION',
    ];
    assert.equal((await missing(nothing, ...needs)).length, needs.length);
  });

  it('counts columns only where columns are asked for', async () => {
    for (const line of [
      'GRANT SELECT (`a``b`, `c`), UPDATE ON `d`.`t` TO `u`@`%`',
      "GRANT SELECT(a`b, c) ON `d`.`t` TO 'u'@'%'",
    ]) {
      assert.deepEqual(await missing([line], { ...select('d', 't'), columns: ['A`B', 'c'] }), [], line);
      assert.equal((await missing([line], { ...select('d', 't'), columns: ['x'] })).length, 1, line);
      assert.equal((await missing([line], select('d', 't'))).length, 1, line);
    }
  });

  it('takes away what MySQL revoked in part', async () => {
    const lines = ['GRANT SELECT, INSERT ON *.* TO `u`@`%`', 'REVOKE SELECT ON `d`.* FROM `u`@`%`'];
    assert.deepEqual(
      await missing(lines, select('d', 't'), select('e', 't'), { privilege: 'INSERT', on: { namespace: 'd' } }),
      ['SELECT on d.t'],
    );
    assert.deepEqual(await missing([...lines, 'GRANT SELECT ON `d`.`t` TO `u`@`%`'], select('d', 't')), []);
  });

  it('reads MariaDB, with a password hash that goes nowhere', async () => {
    const line =
      "GRANT PROCESS, BINLOG MONITOR ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227'";
    assert.deepEqual(await missing([line], { privilege: 'REPLICATION CLIENT' }, { privilege: 'REPLICATION SLAVE' }), [
      'REPLICATION SLAVE on *.*',
    ]);
    assert.ok(!JSON.stringify(parseGrant(line)).includes('B69027'));
  });
});

describe('grantStatements', () => {
  it('gives a reader the tables and a log reader the log', () => {
    const tables = [
      { namespace: 'shop', name: 'a`b' },
      { namespace: 'shop', name: 'c_d' },
    ];
    assert.deepEqual(grantStatements(sourceNeeds('mysql', 'cdc', tables), { name: "o'x", host: '%' }), [
      "GRANT SELECT ON `shop`.`a``b` TO 'o''x'@'%';",
      "GRANT SELECT ON `shop`.`c_d` TO 'o''x'@'%';",
      "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'o''x'@'%';",
    ]);
    assert.equal(grantStatements(sourceNeeds('tidb', 'cdc', tables), { name: 'u', host: '%' }).length, 2);
  });

  it('gives a writer its databases and no other that looks alike', () => {
    assert.deepEqual(
      grantStatements(
        destinationNeeds(
          'mysql',
          [
            { namespace: 'my_db', name: 't' },
            { namespace: 'my_db', name: 'u' },
          ],
          false,
        ),
        { name: 'u', host: '10.%' },
      ),
      ["GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX ON `my\\_db`.* TO 'u'@'10.%';"],
    );
  });
});
