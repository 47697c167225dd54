import { connect, type Socket } from 'node:net';
import type { SqlConfig } from './config.ts';

/** Milliseconds of silence after which a peer is asked whether it is still there. */
const KEEP_ALIVE_MS = 30_000;

/** Bytes taken from the system at once. */
const READ_BYTES = 256 * 1024;

/** Takes what a socket receives. The bytes are valid during the call only. */
export type Receiver = (bytes: Buffer) => void;

/** A socket that reads into one buffer, again and again: a new one for each read is what the garbage collector would be busy with. */
interface WireSocket extends Socket {
  receiver?: Receiver | undefined;
}

/**
 * The socket remembers its host as Node does for names that it looks up: a certificate is then checked for the address where the host is
 * one, and not for `localhost`.
 */
export function openSocket({ host, port }: SqlConfig, encrypted: boolean): Socket {
  const socket: Socket & { _host?: string } = encrypted ? openOrdinary(port, host) : openPlain(port, host);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket._host = host;
  return socket;
}

/** The socket's error where something else than a server of MySQL's protocol listens. */
export const NOT_MYSQL = 'NOT_MYSQL';

/** Before anything is sent a server greets: a packet with number 0, which begins with the protocol's version or is an error. */
function isGreeting(bytes: Buffer): boolean {
  return bytes.length < 5 || (bytes[3] === 0 && [9, 10, 0xff].includes(bytes[4]!));
}

function refuseStranger(socket: Socket, bytes: Buffer): void {
  if (isGreeting(bytes)) return;
  const said = bytes.toString('latin1', 0, 40).replace(/[^ -~]+/g, '.');
  socket.destroy(Object.assign(new Error(`no server of MySQL's protocol, it says "${said}"`), { code: NOT_MYSQL }));
}

function openOrdinary(port: number, host: string): Socket {
  const socket = connect(port, host);
  return socket.prependOnceListener('data', (bytes) => refuseStranger(socket, bytes));
}

function openPlain(port: number, host: string): WireSocket {
  let greeted = false;
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback(size: number, buffer: Uint8Array): boolean {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, size);
      if (!greeted) refuseStranger(socket, bytes);
      greeted = true;
      if (socket.receiver !== undefined) socket.receiver(bytes);
      // The driver keeps hold of what it is given.
      else socket.emit('data', Buffer.from(bytes));
      return true;
    },
  };
  const socket: WireSocket = connect({ port, host, onread });
  socket.receiver = undefined;
  return socket;
}

/** What a socket receives, in other hands than the driver's for a while. */
export interface Intake {
  /** Gives bytes to the driver, as a copy. */
  handOn(bytes: Buffer): void;
  release(): void;
}

/** Has `receiver` take what the socket receives from now on, in place of the driver. */
export function takeBytes(socket: Socket, receiver: Receiver): Intake {
  const wire = socket as WireSocket;
  if ('receiver' in wire) {
    wire.receiver = receiver;
    return {
      handOn: (bytes) => void wire.emit('data', Buffer.from(bytes)),
      release() {
        wire.receiver = undefined;
      },
    };
  }
  const drivers = socket.listeners('data') as Receiver[];
  socket.on('data', receiver);
  for (const each of drivers) socket.removeListener('data', each);
  return {
    handOn(bytes) {
      for (const each of drivers) each.call(socket, Buffer.from(bytes));
    },
    release() {
      for (const each of drivers) socket.on('data', each);
      socket.removeListener('data', receiver);
    },
  };
}
