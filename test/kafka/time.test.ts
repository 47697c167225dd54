import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dateText, datetimeText, timeText, zonedText } from '../../connectors/kafka/connect-time.ts';
import { namedZone } from '../../connectors/kafka/zone.ts';
import { fc } from '../random.ts';

const year = (from: number, to: number) => ({
  min: new Date(Date.UTC(from, 0, 2)),
  max: new Date(Date.UTC(to, 11, 30)),
});
const sql = (iso: string) => iso.slice(0, 19).replace('T', ' ');

/** What clocks in a zone show at a moment. */
function shown(zone: string, at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
}

describe('times in messages', () => {
  it('invariant 2: a local time is that of its moment, or refused where it is none or two', () => {
    const zones = [
      'Europe/Berlin',
      'America/St_Johns',
      'Asia/Kolkata',
      'Africa/Monrovia',
      'Australia/Lord_Howe',
      'UTC',
      '+05:45',
      '-03:30',
    ];
    const known = new Map(zones.map((zone) => [zone, namedZone(zone)]));
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.date({ ...year(1971, 2037), noInvalidDate: true }), (zone, at) => {
        const moment = new Date(Math.floor(at.getTime() / 1000) * 1000);
        const local = shown(zone, moment);
        // At the same reading of clocks half an hour, one or two, before or after: it is told twice.
        const twice = [-120, -60, -30, 30, 60, 120].some(
          (minutes) => shown(zone, new Date(moment.getTime() + minutes * 60_000)) === local,
        );
        if (twice) assert.throws(() => known.get(zone)!(local), { code: 'value.malformed' });
        else assert.equal(known.get(zone)!(`${local}.25`), `${sql(moment.toISOString())}.25`);
      }),
      { numRuns: 3000 },
    );
  });

  it('clocks may be changed at any minute, and be off by seconds', () => {
    const newfoundland = namedZone('America/St_Johns');
    assert.throws(() => newfoundland('1996-10-27 00:00:59'), { code: 'value.malformed' });
    assert.equal(newfoundland('1996-10-27 00:01:00'), '1996-10-27 03:31:00');
    assert.equal(newfoundland('1996-10-26 23:00:59'), '1996-10-27 01:30:59');
    assert.throws(() => newfoundland('1996-10-26 23:01:00'), { code: 'value.malformed' });
    assert.equal(namedZone('Africa/Monrovia')('1971-06-01 00:00:00'), '1971-06-01 00:44:30');
  });

  it('zero dates are the same everywhere, and names that are none are refused', () => {
    assert.equal(namedZone('Asia/Tokyo')('0000-00-00 00:00:00'), '0000-00-00 00:00:00');
    assert.throws(() => namedZone('Mars/Olympus'), { code: 'config.invalid' });
    assert.throws(() => namedZone('Asia/Tokyo')('yesterday'), { code: 'value.malformed' });
  });

  it('units since 1970 are the text of their moment', () => {
    fc.assert(
      fc.property(fc.date({ ...year(1, 9998), noInvalidDate: true }), fc.nat(999), (at, micros) => {
        const iso = at.toISOString();
        const millis = BigInt(at.getTime());
        assert.equal(datetimeText(1000n)(String(millis)), `${sql(iso)}.${iso.slice(20, 23)}`);
        const fraction = `${iso.slice(20, 23)}${String(micros).padStart(3, '0')}`;
        const units = millis * 1000n + BigInt(micros);
        assert.equal(datetimeText(1_000_000n)(String(units)), `${sql(iso)}.${fraction}`);
        assert.equal(datetimeText(1_000_000_000n)(String(units * 1000n)), `${sql(iso)}.${fraction}`);
        assert.throws(() => datetimeText(1_000_000_000n)(String(units * 1000n + 1n)), { code: 'value.malformed' });
        assert.equal(dateText(String(Math.floor(at.getTime() / 86_400_000))), iso.slice(0, 10));
        assert.equal(zonedText(iso), `${sql(iso)}.${iso.slice(20, 23)}000`);
      }),
    );
    assert.throws(() => dateText('99999999'), { code: 'value.malformed' });
    assert.throws(() => zonedText('2024-01-01T00:00:00'), { code: 'value.malformed' });
  });

  it('times run below zero and beyond a day', () => {
    assert.equal(timeText(1_000_000n)('-3020399000000'), '-838:59:59.000000');
    assert.equal(timeText(1000n)('90061001'), '25:01:01.001');
    assert.equal(timeText(1_000_000_000n)('1000'), '00:00:00.000001');
  });
});
