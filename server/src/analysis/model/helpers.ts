/** Functions small enough to be evaluated where they are called: ceiling divisions, functions that make a `dim3`. */
import type { SyntaxNode } from '../parse';
import type { FunctionFacts } from './facts';

const mostStatements = 8;

/** The statements of a function that only computes what it returns; nothing if it does more. */
export function helperStatements({ body }: FunctionFacts): readonly SyntaxNode[] | undefined {
  return body && !body.broken ? computing(body.children) : undefined;
}

/** `statements` if they only declare, assign and return. */
export function computing(statements: readonly SyntaxNode[]): readonly SyntaxNode[] | undefined {
  if (statements.length === 0 || statements.length > mostStatements) return undefined;
  return statements.every(isSimple) && returns(statements[statements.length - 1]) ? statements : undefined;
}

function isSimple(node: SyntaxNode): boolean {
  switch (node.type) {
    case 'declaration':
    case 'static_assert_declaration':
    case 'return_statement':
    case 'expression_statement':
      return true;
    case 'if_statement':
      return [node.child('consequence'), node.child('alternative')].every(
        (branch) => !branch || blockOf(branch).every(isSimple),
      );
    default:
      return false;
  }
}

/** Whether nothing behind the statement runs. */
export function returns(node: SyntaxNode | undefined): boolean {
  if (!node) return false;
  if (node.type === 'return_statement') return true;
  if (node.type !== 'if_statement') return false;
  const branches = [node.child('consequence'), node.child('alternative')];
  return branches.every((branch) => branch !== undefined && returns(lastOf(branch)));
}

export function lastOf(branch: SyntaxNode): SyntaxNode | undefined {
  const statements = blockOf(branch);
  return statements[statements.length - 1];
}

/** The statements of a branch of an `if`, with or without braces. */
export function blockOf(branch: SyntaxNode): readonly SyntaxNode[] {
  if (branch.type === 'else_clause') {
    const inner = branch.children.find((child) => child.type !== 'else');
    return inner ? blockOf(inner) : [];
  }
  return branch.type === 'compound_statement' ? branch.children : [branch];
}
