/** A process of its own that reads a report: SQLite holds all of it in memory, and it may have millions of rows. */
import '../../runner/gpu/child/language';
import { answerTask } from '../../process';
import { readDatabase } from './read';

answerTask(readDatabase);
