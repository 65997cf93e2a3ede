/** The worker of the map, which is loaded when the first map is drawn. */
import { serve } from '../calls.js';
import { layoutTasks } from './layout.js';

export type LayoutTasks = typeof layoutTasks;

serve(layoutTasks);
