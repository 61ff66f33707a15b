/** A process of its own that makes a trace of records: a million keep a processor busy for seconds. */
import '../gpu/child/language';
import { answerTask } from '../../process';
import { readTraces } from './read';

answerTask(readTraces);
