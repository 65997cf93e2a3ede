/** What is wrong with the service, in words. */
import { z } from 'zod';

export const Finding = z.object({
  level: z.enum(['wrong', 'note']),
  about: z.string().meta({ description: 'Such as: scenario front-page (default).' }),
  says: z.string(),
  remedy: z.string().meta({ description: 'What to do.' }),
});
export type Finding = z.output<typeof Finding>;

export const Diagnosis = z.object({ findings: z.array(Finding) });
export type Diagnosis = z.output<typeof Diagnosis>;
