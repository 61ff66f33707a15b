/** Reads the parser's tree into units: one pass, and only over the items that changed. */
import type { Language, TreeCursor } from 'web-tree-sitter';
import { SyntaxNode, Unit, type Condition, type UnitContext } from './node';

/** Items that only hold other items. */
const containers = new Set([
  'namespace_definition',
  'linkage_specification',
  'declaration_list',
  'preproc_if',
  'preproc_ifdef',
  'preproc_else',
  'preproc_elif',
  'preproc_elifdef',
  'ERROR',
]);

/** Types whose children nothing here reads. */
const leaves = new Set([
  'identifier',
  'type_identifier',
  'field_identifier',
  'namespace_identifier',
  'statement_identifier',
  'primitive_type',
  'number_literal',
  'string_literal',
  'concatenated_string',
  'raw_string_literal',
  'char_literal',
  'system_lib_string',
  'preproc_arg',
  'preproc_directive',
  'placeholder_type_specifier',
  'type_qualifier',
  'storage_class_specifier',
]);

/** A longer initialiser list is a table of data; nothing is concluded from its elements. */
const longestList = 64;

/** Nothing that people write is nested deeper; what reads the tree calls itself at each level. */
const deepest = 400;

/** What the conversion asks of each node type, by the type's number in the grammar. */
export class TypeTable {
  readonly name: string[] = [];
  readonly kind: ('leaf' | 'node' | 'skip' | 'comment')[] = [];
  readonly fields: (string | undefined)[] = [];

  constructor(language: Language) {
    for (let id = 0; id < language.nodeTypeCount; id++) this.add(id, language);
    for (let id = 0; id <= language.fieldCount; id++) this.fields.push(language.fieldNameForId(id) ?? undefined);
  }

  private add(id: number, language: Language): void {
    const name = language.nodeTypeForId(id) ?? '';
    this.name[id] = name;
    if (name === 'comment') this.kind[id] = 'comment';
    else if (language.nodeTypeIsNamed(id)) this.kind[id] = leaves.has(name) ? 'leaf' : 'node';
    // Of the anonymous tokens only words (`__global__`, `class`) and operators (kept by their field) matter.
    else this.kind[id] = /^[A-Za-z_#]/.test(name) ? 'leaf' : 'skip';
  }
}

export interface Reuse {
  /** A unit of the previous parse that still holds for the item at this place. */
  find(type: string, start: number, end: number): Unit | undefined;
}

const errorId = 65535;

export class Converter {
  private readonly units: Unit[] = [];

  constructor(
    private readonly cursor: TreeCursor,
    private readonly table: TypeTable,
    private readonly source: string,
    private readonly reuse: Reuse | undefined,
  ) {}

  run(): Unit[] {
    this.items({ namespaces: [], conditions: [] });
    return this.units;
  }

  private typeName(): string {
    const id = this.cursor.nodeTypeId;
    return id === errorId ? 'ERROR' : (this.table.name[id] ?? '');
  }

  /** The children of the container under the cursor. */
  private items(context: UnitContext): void {
    const { cursor, table } = this;
    if (!cursor.gotoFirstChild()) return;
    do {
      const id = cursor.nodeTypeId;
      const kind = id === errorId ? 'node' : table.kind[id];
      if (kind !== 'node') continue;
      const type = this.typeName();
      if (!containers.has(type)) this.item(type, context);
      else if (type === 'namespace_definition') this.items(this.inNamespace(context));
      else if (type.startsWith('preproc_')) this.items(this.inCondition(type, context));
      else if (type === 'linkage_specification') this.linkage(context);
      else this.items(context);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }

  /** `extern "C" int f();` is one item, `extern "C" { … }` holds several. */
  private linkage(context: UnitContext): void {
    const { cursor } = this;
    let braces = false;
    if (cursor.gotoFirstChild()) {
      do braces ||= this.typeName() === 'declaration_list';
      while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    if (braces) this.items(context);
    else this.item('linkage_specification', context);
  }

  private inNamespace(context: UnitContext): UnitContext {
    const name = this.fieldText('name');
    if (name === undefined) return context;
    return { ...context, namespaces: [...context.namespaces, ...name.split('::').map((part) => part.trim())] };
  }

  private inCondition(type: string, context: UnitContext): UnitContext {
    const text = this.fieldText('condition') ?? this.fieldText('name') ?? '';
    const start = this.cursor.startIndex;
    const directive = /^#\s*\w*/.exec(this.source.slice(start, start + 20))?.[0].replace(/\s/g, '') ?? '';
    const branch = type === 'preproc_else' || type === 'preproc_elif' || type === 'preproc_elifdef';
    const condition: Condition = {
      directive,
      text: text.trim(),
      alternatives: branch || this.hasField('alternative'),
      guard:
        directive === '#ifndef' &&
        new RegExp(`#\\s*define\\s+${text.trim()}\\s`).test(this.source.slice(start, start + 400)),
    };
    // An alternative stands inside the branch it replaces: leave that one, keep what is around both.
    const around = branch ? context.conditions.slice(0, -1) : context.conditions;
    return { ...context, conditions: [...around, condition] };
  }

  private hasField(field: string): boolean {
    return this.fieldText(field) !== undefined;
  }

  private fieldText(field: string): string | undefined {
    const { cursor, table } = this;
    let text: string | undefined;
    if (!cursor.gotoFirstChild()) return undefined;
    do {
      if (table.fields[cursor.currentFieldId] === field) text = this.source.slice(cursor.startIndex, cursor.endIndex);
    } while (text === undefined && cursor.gotoNextSibling());
    cursor.gotoParent();
    return text;
  }

  private item(type: string, context: UnitContext): void {
    const start = this.cursor.startIndex;
    const end = Math.min(this.cursor.endIndex, this.source.length);
    const known = this.reuse?.find(type, start, end);
    if (known) {
      known.base = start;
      known.context = context;
      this.units.push(known);
      return;
    }
    const unit = new Unit(start, type, this.source.slice(start, end), context);
    unit.root = this.node(unit);
    this.units.push(unit);
  }

  /** The node under the cursor with everything below it. */
  private node(unit: Unit, depth = 0): SyntaxNode {
    const { cursor, table } = this;
    const id = cursor.nodeTypeId;
    const start = cursor.startIndex;
    const length = Math.min(cursor.endIndex, this.source.length) - start;
    const field = table.fields[cursor.currentFieldId];
    const children: SyntaxNode[] = [];
    let broken = id === errorId || (length === 0 && cursor.nodeIsMissing);
    if (depth > deepest) broken = true;
    else if (table.kind[id] !== 'leaf' && cursor.gotoFirstChild()) {
      do {
        const childId = cursor.nodeTypeId;
        const kind = childId === errorId ? 'node' : table.kind[childId];
        if (kind === 'comment') continue;
        if (kind === 'skip') {
          if (cursor.currentFieldId === 0) {
            if (cursor.startIndex === cursor.endIndex) broken = true;
            continue;
          }
        }
        const child = this.node(unit, depth + 1);
        broken ||= child.broken;
        children.push(child);
        if (children.length > longestList && table.name[id] === 'initializer_list') break;
      } while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    return new SyntaxNode(
      unit,
      id === errorId ? 'ERROR' : (table.name[id] ?? ''),
      field,
      start - unit.base,
      length,
      children,
      broken,
    );
  }
}
