import type { Destination, OpenLane, Writer } from '../connectors/contract/index.ts';

/** An object whose named methods are other ones; all else is its own. */
export function overriding<T extends object>(original: T, methods: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A destination whose writers are other ones. */
export function withWriters(
  destination: Destination,
  change: (writer: Writer, lane: string) => Partial<Writer>,
): Destination {
  return overriding(destination, {
    async open(lane, targets, source, gate, signal): Promise<OpenLane> {
      const open = await destination.open(lane, targets, source, gate, signal);
      return { ...open, writer: overriding(open.writer, change(open.writer, lane)) };
    },
  });
}
