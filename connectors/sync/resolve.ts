import { availableParallelism } from 'node:os';
import {
  type Capabilities,
  type Finding,
  MillraceError,
  matchesStream,
  millraceError,
  type Protection,
  type ReadMode,
  type ReadRequest,
  type StreamName,
  type StreamRequest,
  type StreamSchema,
  streamText,
  type Target,
  type WriteMode,
} from '../contract/index.ts';
import { schemasApart } from './apart.ts';
import type { PipelineConfig, StreamConfig, StreamOptions } from './config.ts';
import { defaultWrite, requireLegalModes } from './mode.ts';
import type { Pipeline } from './pipeline.ts';
import { requireSingle } from './single.ts';
import { paceOf } from './throttle.ts';

/** What a pipeline's configuration means for the tables that are really there: what to ask of the source and where each stream goes. */
export interface Resolved {
  readonly request: ReadRequest;
  /** One for each of `request.streams`, same order. */
  readonly targets: readonly Target[];
  /** What was asked for and cannot be read as it is; the others can. */
  readonly parked: readonly ParkedStream[];
}

export interface ParkedStream {
  /** Of a stream that is not there: the name that was asked for. */
  readonly stream: StreamName;
  readonly table: StreamName;
  readonly read: ReadMode;
  readonly error: MillraceError;
}

export interface ResolveOptions {
  /** Names or patterns to keep. */
  readonly only?: readonly string[] | undefined;
  /** `only` means one stream: a name that several have is refused. */
  readonly one?: true | undefined;
}

export const DEFAULT_MAX_ROW_BYTES = 16 * 1024 * 1024;

/**
 * Two lanes fill two cores that they share with the servers, and more of them only get into each other's way inside the target; beyond four the
 * one thread that carries the rows is the limit.
 */
export const DEFAULT_PARALLEL = Math.min(4, Math.max(2, availableParallelism()));

/**
 * Looks at the source and settles every stream. Throws configuration errors, and `source.stream-missing` where nothing is there of all that was
 * asked for, or of what the run is to keep to.
 */
export async function resolvePipeline(
  pipeline: Pipeline,
  signal: AbortSignal,
  options: ResolveOptions = {},
): Promise<Resolved> {
  const { config, source, destination } = pipeline;
  const entries = config.streams.map((entry) => (typeof entry === 'string' ? { name: entry } : entry));
  const found = await source.discover(
    entries.map((entry) => entry.name),
    signal,
  );
  const { chosen, missing } = chooseStreams(found, entries, pipeline, options);
  const request = readRequest(chosen, config, destination.can);
  const schemas = await schemasApart(source, request, signal);
  const isKnown = (_: unknown, i: number) => !(schemas[i] instanceof MillraceError);
  const targets = chosen.flatMap((one, i) => {
    const schema = schemas[i]!;
    return schema instanceof MillraceError ? [] : [targetOf(schema, one, destination.can)];
  });
  requireDistinctTables(targets);
  const parked = [...chosen, ...missing].flatMap((one, i) => {
    const error = schemas[i] ?? missingError([streamText(one.stream)]);
    if (!(error instanceof MillraceError)) return [];
    return [
      { stream: one.stream, table: targetTable(one.stream, one.options, destination.can), read: one.read, error },
    ];
  });
  return { request: { ...request, streams: request.streams.filter(isKnown) }, targets, parked };
}

/** What `check` and `plan` say of a stream that cannot be read as it is. */
export function parkedFinding({ error }: ParkedStream): Finding {
  const { code, message, fix, at } = error;
  return { severity: 'error', code, side: 'source', message, fix, ...(at === undefined ? {} : { at }) };
}

const usualModes: readonly ReadMode[] = ['full', 'incremental'];

interface Chosen {
  readonly stream: StreamName;
  readonly read: ReadMode;
  readonly write: WriteMode;
  readonly options: StreamOptions & Pick<PipelineConfig, 'carry' | 'salt'>;
}

/** Each found stream with the options of the first entry that matches it, and the entries that match nothing. */
function chooseStreams(
  found: readonly StreamSchema[],
  entries: readonly StreamConfig[],
  { source, destination: { can }, config }: Pipeline,
  { only, one }: ResolveOptions,
): { readonly chosen: readonly Chosen[]; readonly missing: readonly Chosen[] } {
  const { modes = usualModes, oneLog, home } = source;
  const isMeant: IsMeant = (pattern, stream) => matchesStream(pattern, stream, home);
  const excluded = (stream: StreamName) => (config.exclude ?? []).some((pattern) => isMeant(pattern, stream));
  const schemas = found.filter((schema) => !excluded(schema.stream));
  const streams = schemas.map((schema) => schema.stream);
  const lacking = unmatched(
    entries.map((entry) => entry.name),
    streams,
    isMeant,
  );
  if (streams.length === 0 && lacking.length > 0) throw missingError(lacking);
  requireNamed(only ?? [], one, streams, isMeant);
  const wanted = (stream: StreamName) => only === undefined || only.some((pattern) => isMeant(pattern, stream));
  const all = schemas.map((schema) => {
    const entry = entries.find(({ name }) => isMeant(name, schema.stream))!;
    return choose(schema, entry, config, modes, can);
  });
  const chosen = all.filter(({ stream }) => wanted(stream));
  if (oneLog) requireWholeLog(all, chosen);
  const gone = only === undefined ? entries.filter(({ name }) => lacking.includes(name)) : [];
  return {
    chosen,
    missing: gone.map((entry) => choose({ stream: nameOf(entry.name, home), columns: [] }, entry, config, modes, can)),
  };
}

type IsMeant = (pattern: string, stream: StreamName) => boolean;

/** Throws for names that nothing has, and for one that should mean a single stream and does not. */
function requireNamed(
  only: readonly string[],
  one: true | undefined,
  streams: readonly StreamName[],
  isMeant: IsMeant,
): void {
  const missing = unmatched(only, streams, isMeant);
  if (missing.length > 0) throw missingError(missing);
  const [name] = only;
  if (one && name !== undefined) {
    requireSingle(
      name,
      streams.filter((stream) => isMeant(name, stream)),
    );
  }
}

function unmatched(patterns: readonly string[], streams: readonly StreamName[], isMeant: IsMeant): readonly string[] {
  return patterns.filter((pattern) => !streams.some((stream) => isMeant(pattern, stream)));
}

/** A name as somebody writes it: what is before the first dot is the database. */
function nameOf(text: string, home = ''): StreamName {
  const dot = text.indexOf('.');
  return dot < 0 ? { namespace: home, name: text } : { namespace: text.slice(0, dot), name: text.slice(dot + 1) };
}

/** To go on in a shared log without some of its streams would lose their changes. */
function requireWholeLog(all: readonly Chosen[], chosen: readonly Chosen[]): void {
  const isLog = ({ read }: Chosen) => read === 'cdc';
  if (!chosen.some(isLog) || chosen.filter(isLog).length === all.filter(isLog).length) return;
  const left = all.find((one) => isLog(one) && !chosen.includes(one))!;
  const at = streamText(left.stream);
  throw millraceError('config.invalid', `${at} is read by \`cdc\` together with the chosen streams, and was left out`, {
    at,
    fix: 'Choose all streams that are read by `cdc`, or none.',
  });
}

function choose(
  schema: StreamSchema,
  { name: _, ...own }: StreamConfig,
  config: PipelineConfig,
  modes: readonly ReadMode[],
  can: Capabilities,
): Chosen {
  const options = { ...defaults(config), ...own };
  const read = options.read ?? (options.cursor === undefined ? modes[0]! : 'incremental');
  requireMode(schema.stream, read, modes);
  const write = options.write ?? defaultWrite(read, schema, options.shard !== undefined, can.writeModes);
  return { stream: schema.stream, read, write, options };
}

function requireMode(stream: StreamName, read: ReadMode, modes: readonly ReadMode[]): void {
  if (modes.includes(read)) return;
  const at = streamText(stream);
  throw millraceError('config.mode-illegal', `${at}: this source cannot be read by \`${read}\``, {
    at,
    fix: `Choose read: ${modes.join(' or ')}.`,
  });
}

function defaults(config: PipelineConfig): Chosen['options'] {
  const {
    streams: _s,
    exclude: _e,
    max_rejects: _r,
    large_transactions: _l,
    max_row_bytes: _b,
    parallel: _p,
    throttle: _t,
    ...rest
  } = config;
  return rest;
}

function missingError(patterns: readonly string[]): MillraceError {
  const names = patterns.map((pattern) => `\`${pattern}\``).join(', ');
  return millraceError('source.stream-missing', `nothing at the source matches ${names}`, { at: patterns[0]! });
}

function readRequest(chosen: readonly Chosen[], config: PipelineConfig, can: Capabilities): ReadRequest {
  return {
    streams: chosen.map((one) => streamRequest(one, can)),
    layout: can.layout,
    maxRowBytes: config.max_row_bytes ?? DEFAULT_MAX_ROW_BYTES,
    ...(config.max_rejects === undefined ? {} : { maxRejects: config.max_rejects }),
    parallel: config.parallel ?? DEFAULT_PARALLEL,
    ...paceOf(config.throttle),
  };
}

function streamRequest({ stream, read: mode, write, options }: Chosen, can: Capabilities): StreamRequest {
  if (mode === 'incremental' && options.cursor === undefined) {
    const at = streamText(stream);
    throw millraceError('config.invalid', `${at}: read \`incremental\` needs a \`cursor\` column`, { at });
  }
  const protect = protections(options);
  return {
    stream,
    mode,
    ...(options.columns === undefined ? {} : { columns: options.columns }),
    ...(options.exclude_columns === undefined ? {} : { exclude: options.exclude_columns }),
    ...(options.where === undefined ? {} : { where: options.where }),
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    ...(options.overlap === undefined ? {} : { overlap: options.overlap }),
    ...(options.take_as === undefined ? {} : { takeAs: options.take_as }),
    ...(write === 'append' ? { once: true } : {}),
    ...(can.lines && mode !== 'incremental' ? { lines: true } : {}),
    ...(Object.keys(protect).length === 0 ? {} : { protect }),
  };
}

function protections(options: Chosen['options']): Record<string, Protection> {
  const hashed = (options.hash ?? []).map((name) => [name, { kind: 'hash', salt: options.salt ?? '' }] as const);
  const masked = (options.mask ?? []).map((name) => [name, { kind: 'mask' }] as const);
  return Object.fromEntries([...hashed, ...masked]);
}

function targetOf(schema: StreamSchema, { read, write, options }: Chosen, can: Capabilities): Target {
  requireLegalModes(schema, read, write, can);
  if (options.shard !== undefined && write === 'overwrite') {
    const at = streamText(schema.stream);
    throw millraceError('config.mode-illegal', `${at}: write \`overwrite\` would replace the other shards`, { at });
  }
  requireUnmaskedKey(schema, options);
  const carry = options.carry ?? {};
  return {
    source: schema,
    table: targetTable(schema.stream, options, can),
    read,
    write,
    adopt: options.adopt ?? false,
    ...(options.shard === undefined ? {} : { constant: options.shard }),
    carry: {
      indexes: carry.indexes ?? true,
      checks: carry.checks ?? true,
      defaults: carry.defaults ?? true,
      autoIncrement: carry.auto_increment ?? true,
    },
  };
}

/** By a masked key all rows would be one. */
function requireUnmaskedKey({ stream, key = [] }: StreamSchema, { mask = [] }: StreamOptions): void {
  const masked = key.find((name) => mask.includes(name));
  if (masked === undefined) return;
  const at = `${streamText(stream)}.${masked}`;
  throw millraceError('config.invalid', `${at} is part of the key and cannot be masked`, {
    at,
    fix: 'Hash it instead.',
  });
}

/** The target's name: the stream's own, in the destination's database where it names one. */
function targetTable(stream: StreamName, options: StreamOptions, can: Capabilities): StreamName {
  const fill = (template: string) =>
    template.replace(/\{(database|schema|table)\}/g, (_, word: string) =>
      word === 'table' ? stream.name : stream.namespace,
    );
  const namespace = fill(options.target?.database ?? can.namespace ?? '{database}') || (can.home ?? '');
  if (namespace === '') {
    const at = streamText(stream);
    throw millraceError('config.target-missing', `no target database is named for ${at}`, { at });
  }
  return { namespace, name: fill(options.target?.table ?? '{table}') };
}

/** Two streams may share a table only as shards of it. Names that differ by case alone are refused: many servers hold one of them. */
function requireDistinctTables(targets: readonly Target[]): void {
  const seen = new Map<string, Target>();
  for (const target of targets) {
    const id = streamText(target.table).toLowerCase();
    const other = seen.get(id);
    const shards = target.constant !== undefined && other?.constant?.column === target.constant.column;
    if (other !== undefined && !(shards && other.constant.value !== target.constant.value)) {
      const both = `${streamText(other.source.stream)} and ${streamText(target.source.stream)}`;
      throw millraceError('config.target-clash', `${both} would both be written to ${streamText(target.table)}`, {
        at: streamText(target.table),
      });
    }
    seen.set(id, target);
  }
}
