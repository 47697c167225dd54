import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { millraceError } from '../contract/index.ts';
import type { KafkaConfig } from './config.ts';

/** Milliseconds for one answer. */
const PATIENCE_MS = 30_000;

export interface HttpCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The addresses of one registry: what one does not answer the next is asked. The one that answered last comes first. */
export class RegistryHttp {
  #roots: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #tls: RequestOptions;

  constructor({ url, user, password, token, ca }: KafkaConfig['registry']) {
    this.#roots = [url].flat().map((root) => root.replace(/\/$/, ''));
    const account = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
    const authorization = token !== undefined ? `Bearer ${token}` : user === undefined ? undefined : `Basic ${account}`;
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#tls = ca === undefined ? {} : { ca: authority(ca) };
  }

  /** For messages. */
  get at(): string {
    return this.#roots[0]!;
  }

  /** The first answer that is not a server's own failure. Throws the network's error where nobody answers. */
  async call(path: string, request: HttpCall): Promise<HttpAnswer> {
    const [first, ...others] = this.#roots;
    try {
      const answer = await this.#ask(first!, path, request);
      if (answer.status < 500 || others.length === 0) return answer;
    } catch (thrown) {
      if (others.length === 0) throw thrown;
    }
    return await this.#callOthers(others, path, request);
  }

  async #callOthers(roots: readonly string[], path: string, request: HttpCall): Promise<HttpAnswer> {
    const [next, ...rest] = roots;
    try {
      const answer = await this.#ask(next!, path, request);
      if (answer.status < 500) this.#roots = [next!, ...this.#roots.filter((root) => root !== next)];
      if (answer.status < 500 || rest.length === 0) return answer;
    } catch (thrown) {
      if (rest.length === 0) throw thrown;
    }
    return await this.#callOthers(rest, path, request);
  }

  async #ask(root: string, path: string, { method = 'GET', headers, body }: HttpCall): Promise<HttpAnswer> {
    const url = new URL(`${root}${path}`);
    // They take a while to load, and most runs have no registry.
    const { request: open } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const options = {
      method,
      headers: { ...this.#headers, ...headers },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...this.#tls,
    };
    return await new Promise((resolve, reject) => {
      const request = open(url, options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

function authority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw millraceError('config.invalid', `\`registry.ca\`: ${path} cannot be read`, { at: 'registry.ca', cause });
  }
}
