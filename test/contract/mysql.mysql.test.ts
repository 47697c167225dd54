import { registerDestinationContract } from './destination-contract.ts';
import { throughSql } from './place.ts';
import { registerSourceContract } from './source-contract.ts';
import { sqlPlace } from './sql-place.ts';

registerSourceContract('mysql', () => sqlPlace('mysql'));
registerDestinationContract('mysql', () => throughSql(() => sqlPlace('mysql')));
