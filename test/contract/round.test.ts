import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  closedRound,
  nextRound,
  noCounts,
  type Phase,
  type Positions,
  ROUND_LANE,
} from '../../connectors/contract/index.ts';

function committed(streams: Record<string, [number, Phase]>, closed?: number): Positions {
  const lane = { position: closedRound(closed ?? 0), ended: false, counts: noCounts, committedAt: '' };
  return {
    lanes: closed === undefined ? new Map() : new Map([[ROUND_LANE, lane]]),
    streams: new Map(Object.entries(streams).map(([name, [generation, phase]]) => [name, { generation, phase }])),
  };
}

function actions(streams: string[], positions: Positions): string[] {
  return streams.map((name) => {
    const { generation, action } = nextRound([...streams], positions).get(name)!;
    return `${name} ${action} ${generation}`;
  });
}

test('the first round begins every stream', () => {
  assert.deepEqual(actions(['a', 'b'], committed({})), ['a begin 1', 'b begin 1']);
});

test('a run after a kill skips what is done, resumes what is not, begins what was not reached', () => {
  const positions = committed({ a: [2, 'done'], b: [2, 'building'], c: [1, 'done'] });
  assert.deepEqual(actions(['a', 'b', 'c', 'd'], positions), ['a skip 2', 'b resume 2', 'c begin 2', 'd begin 2']);
});

test('when all are done a new round begins, also with a table that was added', () => {
  assert.deepEqual(actions(['a', 'n'], committed({ a: [3, 'done'] })), ['a begin 4', 'n begin 4']);
});

test('a round closed with a parked stream does not hold back the others', () => {
  const positions = committed({ a: [2, 'done'], b: [2, 'building'] }, 2);
  assert.deepEqual(actions(['a', 'b'], positions), ['a begin 3', 'b resume 2']);
});

test('a kill in the round after a closed one skips what that round has done', () => {
  const positions = committed({ a: [3, 'done'], b: [2, 'building'], c: [3, 'building'] }, 2);
  assert.deepEqual(actions(['a', 'b', 'c'], positions), ['a skip 3', 'b resume 2', 'c resume 3']);
});

test('a crash inside finish is resumed, not repeated', () => {
  assert.deepEqual(actions(['a'], committed({ a: [1, 'swapped'] })), ['a resume 1']);
});
