import { duckPlace } from './duck-place.ts';
import { registerPairContract } from './pair-contract.ts';
import { sqlPlace } from './sql-place.ts';

const places = {
  mysql: () => sqlPlace('mysql'),
  mariadb: () => sqlPlace('mariadb'),
  tidb: () => sqlPlace('tidb'),
  duckdb: duckPlace,
};

for (const [from, openFrom] of Object.entries(places)) {
  for (const [to, openTo] of Object.entries(places)) registerPairContract(`${from} to ${to}`, openFrom, openTo);
}
