/** The worker of the page: all computing happens here, so that the page never stutters. */
import { serve } from './calls.js';
import { lessonTasks } from './lesson.js';
import { ownTasks } from './own-data.js';
import { peopleTasks } from './people.js';
import { speedTasks } from './speed.js';
import { textTasks } from './texts.js';

const tasks = {
  ...peopleTasks,
  ...textTasks,
  ...ownTasks,
  ...speedTasks,
  ...lessonTasks,
  /** What this worker ever asked of a network: nothing. The browser counts. */
  requests: () => performance.getEntriesByType('resource').length,
};

export type EngineTasks = typeof tasks;

serve(tasks);
