import { registerDestinationContract } from './destination-contract.ts';
import { duckPlace } from './duck-place.ts';
import { throughSql } from './place.ts';
import { registerSourceContract } from './source-contract.ts';

registerSourceContract('duckdb', duckPlace);
registerDestinationContract('duckdb', () => throughSql(duckPlace));
