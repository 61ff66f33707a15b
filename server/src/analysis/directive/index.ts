export { evaluate, namesIn, type Evaluation, type Lookup, type Quantity } from './evaluate';
export { directivesOfKernel, directivesOfLaunch, findDirectives, targetOf } from './find';
export { parseCheck, parseChoices, parseDimensions, parseFill } from './parse';
export {
  choiceValues,
  constantOf,
  directiveOf,
  lookupOf,
  type Directive,
  type Setting,
  type Variation,
} from './settings';
export { reservedMeaning, reservedNames, type DirectiveComment, type DirectiveItem, type FillText } from './types';
export { formatMessage, msg } from '../rules/rule';
export { DirectiveScope, type Meaning } from './meaning';
export { directiveAt, writingAt, type DirectivePlace, type Writing } from './place';
