/** What tells the changes of tables into topics, made by the database's own tools. */
export interface Changefeed {
  /** Contents of `changefeed.toml`. */
  readonly file: string;
  /** The command that makes it; what is secret stands in it as the name of a variable of the shell. */
  readonly command: string;
  /** The same for a form in a console: name of a setting, and what to choose. */
  readonly settings: readonly (readonly [string, string])[];
  /** Topics, in the order of the tables. */
  readonly topics: readonly string[];
}
