import { registerDestinationContract } from './destination-contract.ts';
import { kafkaPlace } from './kafka-place.ts';

registerDestinationContract('kafka', kafkaPlace, { swaps: false });
