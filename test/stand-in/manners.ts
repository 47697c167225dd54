import type { SecureContextOptions } from 'node:tls';

/** How a cluster of the cloud treats its clients. What is absent is not done; durations are milliseconds. */
export interface Manners {
  /** It begins asleep, and takes so long to wake after the first connection: half of it by error 9449, half by refusing connections. */
  readonly wake?: number;
  /** It falls asleep when nobody has been connected for so long. */
  readonly sleepAfter?: number;
  /** Users whose name does not begin with this and a dot are unknown. */
  readonly userPrefix?: string;
  /** A connection on which nothing moves for so long is cut. */
  readonly idle?: number;
  /** A connection as old as this is cut. */
  readonly age?: number;
  /** A transaction as old as this is cut, and its connection with it. */
  readonly transactionAge?: number;
  /** Bytes that a transaction may be sent; the statement that goes beyond is refused with error 8004. */
  readonly transactionBytes?: number;
  /** The quota is used up: nobody is let in. */
  readonly exhausted?: boolean;
  /** A waking cluster accepts a connection and cuts it in the middle of the TLS handshake, instead of error 9449. */
  readonly cutHandshake?: boolean;
  /** Moments (TSOs) whose schemas TiDB cannot load: entering them is refused with error 1049. May grow. */
  readonly unloadable?: ReadonlySet<string>;
  /** Settings of the TLS that it speaks, beside its certificate. */
  readonly tls?: SecureContextOptions;
}

/** What TiDB Cloud and TDSQL-C say to a client that they do not let in: error number and message. */
export const refusals = {
  resuming: [9449, 'CynosDB serverless instance is resuming, please try connecting again'],
  insecure: [1105, 'Connections using insecure transport are prohibited.'],
  exhausted: [
    1105,
    "Due to the usage quota being exhausted, access to the cluster '1' has been restricted. Try increasing spending limits to gain full access.",
  ],
  unknownUser: [1045, 'Access denied: the user name has no known prefix'],
} as const satisfies Record<string, readonly [number, string]>;
