/** Structs and classes: the fields that make up their size. */
import type { SyntaxNode } from '../parse';
import { declaredType, readDeclarator, readSpecifiers } from './declarators';
import type { StructFacts } from './facts';

/** The struct under its name and under that of a typedef around it. */
export function readStructs(node: SyntaxNode, name: string, body: SyntaxNode): StructFacts[] {
  const fields: StructFacts['fields'][number][] = [];
  let opaque = node.type === 'union_specifier' || node.has('base_class_clause') || node.broken;
  for (const member of body.children) {
    if (member.type !== 'field_declaration' || readSpecifiers(member).has('static')) continue;
    if (member.has('bitfield_clause')) opaque = true;
    for (const declared of member.children.filter((child) => child.field === 'declarator')) {
      const declarator = readDeclarator(declared);
      if (!declarator) opaque = true;
      else if (!declarator.function)
        fields.push({ type: declaredType(member, declarator), name: declarator.name.text, ...defaultOf(member) });
    }
  }
  // Alignment and virtual functions change the layout.
  opaque ||= /\bvirtual\b|alignas|__align__/.test(node.text.slice(0, 4000));
  const typedefName = node.parent?.type === 'type_definition' ? node.parent.child('declarator')?.text : undefined;
  const names = new Set<string>([name, typedefName ?? '']);
  names.delete('');
  // A specialization's constructors bear the template's name.
  const bare = /^\w+/.exec(name)?.[0];
  const constructed = bare !== undefined && new RegExp(`(?:^|[^~\\w])${bare}\\s*\\(`).test(body.text.slice(0, 4000));
  return [...names].map((known) => ({ name: known, node, fields, opaque, constructed }));
}

/** `int n = 4;` */
function defaultOf(member: SyntaxNode): { initial?: string } {
  const value = member.child('default_value');
  const one = member.children.filter((child) => child.field === 'declarator').length === 1;
  return value && one ? { initial: value.text } : {};
}
