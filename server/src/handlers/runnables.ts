import type { Runnables, RunnablesParams } from '../../../protocol/src';
import type { Session } from '../session';

/** The kernels with a body and `main`, for commands that come without a kernel's name. */
export function runnables(session: Session, { uri }: RunnablesParams): Runnables {
  const document = session.document(uri);
  if (document === undefined) return { kernels: [] };
  const lineAt = (offset: number) => document.positionAt(offset).line;
  const { kernels, main } = document.model;
  return {
    kernels: kernels
      .filter(({ body }) => body !== undefined)
      .map(({ name, nameSpan, span }) => ({
        kernel: name,
        line: lineAt(nameSpan.start),
        firstLine: lineAt(span.start),
        lastLine: lineAt(span.end),
      })),
    ...(main && { mainLine: lineAt(main.nameSpan.start) }),
  };
}
