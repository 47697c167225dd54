import type { Relation, RelationName, SchemaName } from './relation.ts';

/**
 * What stands in the schemas of a target, asked once for each and kept up by what the sessions do: a run asks for relations far more often
 * than anything else changes them.
 */
export class RelationCache {
  /** Whether names that differ by case only are one relation. */
  readonly folds: boolean;
  readonly #schemas = new Map<string, Promise<Map<string, Relation>>>();

  constructor(folds: boolean) {
    this.folds = folds;
  }

  /** Relations of a schema, listed by `list` where nobody asked before. */
  async relations(schema: SchemaName, list: () => Promise<readonly Relation[]>): Promise<Map<string, Relation>> {
    const key = this.#schemaKey(schema);
    const known = this.#schemas.get(key);
    if (known !== undefined) return await known;
    const listing = list().then(
      (found) => new Map(found.map((relation) => [this.#key(relation.identifier), relation])),
    );
    this.#schemas.set(key, listing);
    listing.catch(() => this.#schemas.delete(key));
    return await listing;
  }

  async put(relation: Relation): Promise<void> {
    (await this.#schemas.get(this.#schemaKey(relation)))?.set(this.#key(relation.identifier), relation);
  }

  async remove(name: RelationName): Promise<void> {
    (await this.#schemas.get(this.#schemaKey(name)))?.delete(this.#key(name.identifier));
  }

  /** The relation of that name among those of its schema. */
  find(relations: ReadonlyMap<string, Relation>, name: RelationName): Relation | undefined {
    return relations.get(this.#key(name.identifier));
  }

  forget(schema?: SchemaName): void {
    if (schema === undefined) this.#schemas.clear();
    else this.#schemas.delete(this.#schemaKey(schema));
  }

  #key(identifier: string): string {
    return this.folds ? identifier.toLowerCase() : identifier;
  }

  #schemaKey({ database, schema }: SchemaName): string {
    return JSON.stringify([database === null ? null : this.#key(database), this.#key(schema)]);
  }
}
