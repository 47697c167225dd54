import type { ErrorEnvelope } from '../../connectors/contract/index.ts';
import type { ResourceType } from '../graph/node.ts';
import type { NodeStatus } from './result.ts';

/** What a node is for people and programs that read events. */
export interface NodeInfo {
  readonly id: string;
  readonly name: string;
  readonly type: ResourceType;
  /** Of models: `view`, `table`, `incremental` ... */
  readonly materialized?: string;
  /** The table or view that it makes, as the database writes it. */
  readonly relation?: string;
  /** Its file, from the root of the project. */
  readonly file: string;
}

/** Everything that happens while models run, in order. The terminal and `--log-format json` read these and nothing else. */
export type ModelEvent =
  | {
      readonly event: 'started';
      readonly at: string;
      /** dbt's `invocation_id`. */
      readonly run: string;
      readonly command: string;
      readonly target: string;
      readonly threads: number;
      /** How many nodes will have a result, by their kind. */
      readonly nodes: Readonly<Partial<Record<ResourceType, number>>>;
    }
  | {
      readonly event: 'node';
      readonly at: string;
      readonly node: NodeInfo;
      /** The so manieth that begins, from 1; of a result: that ended. */
      readonly index: number;
      readonly total: number;
      readonly thread: number;
    }
  | NodeEnded
  | {
      /** What a template says by `log(..., info=true)`, `print` or `exceptions.warn`. */
      readonly event: 'message';
      readonly at: string;
      readonly level: 'info' | 'warn' | 'print';
      readonly message: string;
      readonly node?: string;
    }
  | {
      /** A statement of `on-run-start` or `on-run-end` ended. */
      readonly event: 'hook';
      readonly at: string;
      readonly id: string;
      readonly seconds: number;
      readonly error?: ErrorEnvelope;
    }
  | ModelsFinished;

export interface NodeEnded {
  readonly event: 'result';
  readonly at: string;
  readonly node: NodeInfo;
  readonly index: number;
  readonly total: number;
  readonly status: NodeStatus;
  readonly seconds: number;
  readonly message?: string;
  readonly failures?: number;
  /** Rows that the database says it changed or gave. */
  readonly rows?: number;
  /** The compiled statement, from the root of the project. */
  readonly compiled?: string;
  readonly error?: ErrorEnvelope;
}

/** The one terminal event. */
export interface ModelsFinished {
  readonly event: 'finished';
  readonly at: string;
  readonly run: string;
  readonly command: string;
  readonly status: 'ok' | 'failed' | 'stopped';
  readonly seconds: number;
  /** Seconds in which a connection was open: what keeps a serverless cluster awake. */
  readonly awakeSeconds: number;
  readonly counts: Readonly<Partial<Record<NodeStatus, number>>>;
  /** What kept the run from beginning or ending, besides results of nodes. */
  readonly error?: ErrorEnvelope;
}
