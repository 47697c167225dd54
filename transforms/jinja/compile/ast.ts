import type { PyFloat } from '../value/number.ts';

/** How a name is used where it stands. */
export type Use = 'load' | 'store' | 'param';

interface At {
  readonly line: number;
}

export interface NameNode extends At {
  readonly kind: 'name';
  readonly name: string;
  readonly use: Use;
}

export interface NamespaceTarget extends At {
  readonly kind: 'namespace';
  readonly name: string;
  readonly attribute: string;
}

export interface TupleNode extends At {
  readonly kind: 'tuple';
  readonly items: readonly Expression[];
}

/** What can stand left of `=` and before `in`. */
export type Target = NameNode | NamespaceTarget | TupleNode;

export interface Keyword {
  readonly name: string;
  readonly value: Expression;
}

export interface Arguments {
  readonly args: readonly Expression[];
  readonly keywords: readonly Keyword[];
  readonly starArgs?: Expression;
  readonly starKeywords?: Expression;
}

export interface SliceNode extends At {
  readonly kind: 'slice';
  readonly start: Expression | undefined;
  readonly stop: Expression | undefined;
  readonly step: Expression | undefined;
}

export interface CallNode extends At {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly given: Arguments;
}

export interface FilterNode extends At {
  readonly kind: 'filter';
  /** Absent where a block's text is filtered. */
  readonly input: Expression | undefined;
  readonly name: string;
  readonly given: Arguments;
}

export type BinaryName = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export type Constant = string | number | bigint | boolean | null | PyFloat;

export type Expression =
  | NameNode
  | NamespaceTarget
  | TupleNode
  | SliceNode
  | CallNode
  | FilterNode
  | (At & { readonly kind: 'constant'; readonly value: Constant })
  | (At & { readonly kind: 'list'; readonly items: readonly Expression[] })
  | (At & { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] })
  | (At & { readonly kind: 'attribute'; readonly of: Expression; readonly name: string })
  | (At & { readonly kind: 'item'; readonly of: Expression; readonly key: Expression })
  | (At & { readonly kind: 'test'; readonly input: Expression; readonly name: string; readonly given: Arguments })
  | (At & {
      readonly kind: 'condition';
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression | undefined;
    })
  | (At & { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression })
  | (At & { readonly kind: 'not' | 'negative' | 'positive'; readonly operand: Expression })
  | (At & {
      readonly kind: 'binary';
      readonly operator: BinaryName;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (At & { readonly kind: 'concat'; readonly parts: readonly Expression[] })
  | (At & {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly { readonly operator: Comparison; readonly value: Expression }[];
    });

/** A macro's type annotation, such as `dict[str, int]`: read, and not looked at. */
export interface TypeName {
  readonly name: string;
  readonly parameters: readonly TypeName[];
}

export interface Parameter {
  readonly name: NameNode;
  readonly type: TypeName | undefined;
  readonly defaultValue: Expression | undefined;
}

export interface ForNode extends At {
  readonly kind: 'for';
  readonly target: Target;
  readonly over: Expression;
  readonly test: Expression | undefined;
  readonly recursive: boolean;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

export interface IfNode extends At {
  readonly kind: 'if';
  readonly test: Expression;
  readonly body: readonly Statement[];
  readonly elseIfs: readonly IfNode[];
  readonly otherwise: readonly Statement[];
}

export interface MacroNode extends At {
  readonly kind: 'macro';
  /** As dbt has it: `dbt_macro__` and the name that was written. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

export interface CallBlockNode extends At {
  readonly kind: 'call-block';
  readonly call: CallNode;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

export interface SetBlockNode extends At {
  readonly kind: 'set-block';
  readonly target: Target;
  readonly filter: FilterNode | undefined;
  readonly body: readonly Statement[];
}

export interface FilterBlockNode extends At {
  readonly kind: 'filter-block';
  readonly filter: FilterNode;
  readonly body: readonly Statement[];
}

export interface WithNode extends At {
  readonly kind: 'with';
  readonly targets: readonly Target[];
  readonly values: readonly Expression[];
  readonly body: readonly Statement[];
}

export interface BlockNode extends At {
  readonly kind: 'block';
  readonly name: string;
  readonly scoped: boolean;
  readonly required: boolean;
  readonly body: readonly Statement[];
}

/** `autoescape` makes a scope; escaping itself is not what SQL needs, and stops the render where it is switched on. */
export interface EscapeNode extends At {
  readonly kind: 'escape';
  readonly enabled: Expression;
  readonly body: readonly Statement[];
}

export interface SetNode extends At {
  readonly kind: 'set';
  readonly target: Target;
  readonly value: Expression;
}

/** dbt's environment has no loader: `include`, `import` and `extends` are read, and fail when they are reached. */
export interface LoadNode extends At {
  readonly kind: 'load';
  readonly template: Expression;
  /** Names that an import binds. */
  readonly binds: readonly string[];
}

export type OutputPart = (At & { readonly kind: 'data'; readonly text: string }) | Expression;

export type Statement =
  | ForNode
  | IfNode
  | MacroNode
  | CallBlockNode
  | SetBlockNode
  | FilterBlockNode
  | WithNode
  | BlockNode
  | EscapeNode
  | SetNode
  | LoadNode
  | (At & { readonly kind: 'output'; readonly parts: readonly OutputPart[] })
  | (At & { readonly kind: 'do'; readonly value: Expression })
  | (At & { readonly kind: 'break' | 'continue' });

export interface TemplateNode {
  readonly body: readonly Statement[];
}
