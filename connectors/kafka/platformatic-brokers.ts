import {
  type API,
  type Base,
  type Broker,
  type Callback,
  type Connection,
  kGetApi,
  kGetBootstrapConnection,
  kGetConnection,
  kPerformWithRetry,
  type listTransactionsV1,
  type metadataV12,
  ProtocolError,
  ResponseError,
} from '@platformatic/kafka';

type MetadataRequest = metadataV12.MetadataRequest;
type MetadataResponse = metadataV12.MetadataResponse;
type ListTransactionsRequest = listTransactionsV1.ListTransactionsRequest;
type ListTransactionsResponse = listTransactionsV1.ListTransactionsResponse;

export type TopicMetadata = MetadataResponse['topics'][number];

const UNKNOWN_TOPIC = 3;

/** Questions to brokers for which the library has no method, or one that fails for the trouble of other topics than were asked for. */
export class Brokers {
  readonly #client: Base;

  constructor(client: Base) {
    this.#client = client;
  }

  /** What some broker knows of topics; null: of all. A topic that has trouble says so itself (`errorCode`). `rights`: with what the user may do to them. */
  async metadata(topics: readonly string[] | null, rights = false): Promise<MetadataResponse> {
    const api = await this.#api<MetadataRequest, MetadataResponse>('Metadata');
    return await this.#some('metadata', (connection) => askMetadata(api, connection, topics, rights));
  }

  /** What some broker answers to a request, by its name and fields in the protocol. Throws the library's `ResponseError` where it refuses. */
  async ask<Response>(name: string, ...request: unknown[]): Promise<Response> {
    const api = await this.#api<unknown[], Response>(name);
    return await this.#some(name, (connection) => called<Response>((done) => api(connection, ...request, done)));
  }

  #some<Response>(what: string, ask: (connection: Connection) => Promise<Response>): Promise<Response> {
    return called<Response>((done) => {
      this.#client[kPerformWithRetry]<Response>(
        what,
        (answer, attempt) =>
          this.#client[kGetBootstrapConnection]((error, connection) => {
            if (error) answer(error, undefined as never);
            else
              ask(connection!).then(
                (found) => answer(null, found),
                (thrown) => answer(thrown, undefined as never),
              );
          }, attempt),
        done,
      );
    });
  }

  /** Undefined where there is no such topic, or none that the user may see. */
  async topic(name: string): Promise<TopicMetadata | undefined> {
    const [found] = (await this.metadata([name])).topics;
    if (found === undefined || found.errorCode === UNKNOWN_TOPIC) return undefined;
    if (found.errorCode !== 0) throw new ProtocolError(found.errorCode, null);
    return found;
  }

  /** What each broker knows of a topic, as long as it can be asked. */
  async topicEverywhere(name: string): Promise<(TopicMetadata | undefined)[]> {
    const api = await this.#api<MetadataRequest, MetadataResponse>('Metadata');
    const ask = async (broker: Broker) => (await askMetadata(api, await this.#connection(broker), [name])).topics[0];
    return fulfilled(await Promise.allSettled((await this.#all()).map(ask)));
  }

  /** Those of these producers whose transaction is open: neither committed nor rolled back, with its marks or yet without. */
  async ongoing(producers: readonly bigint[]): Promise<Set<bigint>> {
    const api = await this.#api<ListTransactionsRequest, ListTransactionsResponse>('ListTransactions');
    const ask = async (broker: Broker) => {
      const connection = await this.#connection(broker);
      return await called<ListTransactionsResponse>((done) =>
        api(connection, ['Ongoing'], [...producers], -1n, null, done),
      );
    };
    const answers = fulfilled(await Promise.allSettled((await this.#all()).map(ask)));
    return new Set(answers.flatMap((answer) => answer.transactionStates.map(({ producerId }) => producerId)));
  }

  async #all(): Promise<Broker[]> {
    return (await this.metadata([])).brokers;
  }

  #connection(broker: Broker): Promise<Connection> {
    return called((done) => this.#client[kGetConnection](broker, done));
  }

  #api<Request extends unknown[], Response>(name: string): Promise<API<Request, Response>> {
    return called((done) => this.#client[kGetApi]<Request, Response>(name, done));
  }
}

/** The library throws where one of the topics has trouble; the answer is in what it throws. */
async function askMetadata(
  api: API<MetadataRequest, MetadataResponse>,
  connection: Connection,
  topics: readonly string[] | null,
  rights = false,
): Promise<MetadataResponse> {
  try {
    return await called((done) => api(connection, topics === null ? null : [...topics], false, rights, done));
  } catch (thrown) {
    if (thrown instanceof ResponseError) return Reflect.get(thrown, 'response') as MetadataResponse;
    throw thrown;
  }
}

/** What a call with a callback comes to. */
export function called<T>(call: (done: Callback<T>) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  call((error, result) => (error ? reject(error) : resolve(result as T)));
  return promise;
}

/** Throws the first failure where there is nothing else. */
function fulfilled<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (found.length === 0 && failed !== undefined) throw failed.reason;
  return found;
}
