/** Paths of PEM files that a server shows and checks its clients by. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What one server is asked for, beyond its kind. */
export interface Wanted {
  readonly port: number;
  /** Added after the usual ones, so that they win: command-line flags, or `name=value` lines for Kafka. */
  readonly flags: readonly string[];
  /** For the SQL servers; without it each shows what it makes by itself, MariaDB nothing. */
  readonly tls: Certificates | undefined;
}

/** The same for a process of this machine. */
export interface Settings extends Wanted {
  /** Belongs to this server alone; whatever it keeps is in here. */
  readonly folder: string;
}

/** What has to be run to have the server. */
export interface Launch {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The same server as a container. */
export interface Image {
  readonly name: string;
  /** The port that the server listens on inside. */
  readonly port: number;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content by the path inside. */
  readonly files?: Readonly<Record<string, string>>;
}

/** How a server is had. */
export interface Recipe {
  /** Gets and builds what is not in the cache yet, and gives the folder it is in. */
  install(): Promise<string>;
  /** Fills the folder of a new server. Not called again when it is restarted on the same data. */
  prepare(installed: string, settings: Settings): Promise<void>;
  launch(installed: string, settings: Settings): Promise<Launch>;
  image(wanted: Wanted): Image;
  /**
   * What ends the server before a restart. SIGKILL where all that was committed survives that; else
   * SIGTERM, and a server that was killed is not restarted.
   */
  readonly endBy: 'SIGKILL' | 'SIGTERM';
  /** Whether the server at this loopback port answers; asked again and again until it does. */
  ready(port: number): Promise<boolean>;
}

/** What runs a server: a process of this machine or a container. */
export interface Runner {
  pid(): number;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

/** @throws Error when a server that loses commits when killed was killed: its data may not be trusted */
export function assertKept(recipe: Recipe, status: number): void {
  if (recipe.endBy === 'SIGKILL' || status !== KILLED) return;
  throw new Error('this server loses committed rows when it is killed, so that it cannot be restarted after SIGKILL');
}

const KILLED = 128 + 9;
