import { contains, orderOfTexts } from './compare.ts';
import { type BinaryOperator, PyObject, type Value } from './object.ts';
import { percent } from './percent.ts';
import { isRepeatable, timesText } from './repeat.ts';
import { characters, quoted, textLength, textOf } from './text.ts';
import { listIndex } from './tuple.ts';

/** A str that is marked as safe HTML: what is added to it is escaped. `tojson` and `escape` give it. */
export class Markup extends PyObject {
  readonly typeName = 'Markup';
  readonly html: string;

  constructor(html: string) {
    super();
    this.html = html;
  }

  override text(): string {
    return this.html;
  }

  override repr(): string {
    return `Markup(${quoted(this.html)})`;
  }

  override size(): number {
    return textLength(this.html);
  }

  override item(key: Value): Value {
    const points = characters(this.html);
    return new Markup(points[listIndex(key, points.length, 'string')]!);
  }

  override iterate(): Iterator<Value> {
    return this.html[Symbol.iterator]();
  }

  override contains(value: Value): boolean {
    return contains(this.html, value instanceof Markup ? value.html : value);
  }

  override equals(other: Value): boolean | undefined {
    if (other instanceof Markup) return other.html === this.html;
    return typeof other === 'string' ? other === this.html : undefined;
  }

  override order(other: Value): number | undefined {
    if (other instanceof Markup) return orderOfTexts(this.html, other.html);
    return typeof other === 'string' ? orderOfTexts(this.html, other) : undefined;
  }

  override key(): unknown {
    return this.html.startsWith('\0') ? `\0s${this.html}` : this.html;
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (operator === '*' && isRepeatable(other)) return new Markup(timesText(this.html, other));
    if (operator === '%' && !reflected) return new Markup(textOf(percent(this.html, other)));
    if (operator !== '+' || !(typeof other === 'string' || other instanceof Markup)) return undefined;
    const added = escapeHtml(other).html;
    return new Markup(reflected ? added + this.html : this.html + added);
  }

  override get isSubscriptable(): boolean {
    return true;
  }

  override plain(): Value {
    return this.html;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

/** A value as safe HTML; Markup stays what it is. */
export function escapeHtml(value: Value): Markup {
  if (value instanceof Markup) return value;
  return new Markup(textOf(value).replace(/[&<>'"]/g, (character) => ENTITIES[character]!));
}
