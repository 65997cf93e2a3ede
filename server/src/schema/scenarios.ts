/** Scenarios: the name under which a product asks, and what it may ask. */
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { EventType } from './behaviour.js';
import { AnswerId, AsOf, FilterText, Id, K, Name } from './common.js';

export const BoostRule = z
  .strictObject({
    filter: FilterText,
    times: z.number().min(0).max(1000).optional().meta({ description: 'Adds (times - 1) of the size of the score.' }),
    plus: z.number().min(-1e9).max(1e9).optional().meta({ description: 'Adds itself to the score.' }),
  })
  .refine(({ times, plus }) => (times === undefined) !== (plus === undefined), {
    message: 'must have times or plus, and not both',
  });
export type BoostRule = z.output<typeof BoostRule>;

const asking = {
  boost: z.array(BoostRule).min(1).max(32).meta({
    description: 'Raises or lowers items that pass a filter. What each rule adds is among the reasons.',
  }),
  k: K,
  filter: FilterText,
  excludeSeen: z.boolean(),
  minScore: z.number(),
  diverse: z.union([z.boolean(), z.number().min(0).max(1)]).meta({
    description: 'Re-ranks so that items differ: true, or lambda from 0 (much) to 1 (not at all).',
  }),
  fallback: z.enum(['popular', 'none']),
};

const Arm = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'must be 1 to 32 letters, digits, - and _'),
  share: z.number().gt(0).max(1e6).default(1).meta({ description: 'Of the users, beside the shares of the others.' }),
  model: Name.optional(),
  k: asking.k.optional(),
  filter: asking.filter.optional().meta({ description: 'Holds besides that of the scenario.' }),
  excludeSeen: asking.excludeSeen.optional(),
  minScore: asking.minScore.optional(),
  diverse: asking.diverse.optional(),
  fallback: asking.fallback.optional(),
  boost: asking.boost.optional().meta({ description: 'In place of the rules of the scenario.' }),
});
export type Arm = z.output<typeof Arm>;

const Split = z
  .strictObject({
    salt: Name.optional().meta({ description: 'Another salt draws anew. Default: the name.' }),
    arms: z
      .array(Arm)
      .min(2)
      .max(8)
      .refine((arms) => new Set(arms.map(({ name }) => name)).size === arms.length, 'must have names that differ'),
  })
  .meta({
    description:
      'Shares the users out among arms, each of which changes what it names. The first is what others are compared with.',
  });

export const ScenarioInput = z.strictObject({
  model: Name,
  k: asking.k.default(10),
  filter: asking.filter.optional().meta({ description: 'Holds for every question, besides its own filter.' }),
  excludeSeen: asking.excludeSeen.default(true),
  minScore: asking.minScore.optional(),
  diverse: asking.diverse.default(false),
  fallback: asking.fallback.default('popular'),
  boost: asking.boost.optional(),
  split: Split.optional(),
});
export type ScenarioInput = z.output<typeof ScenarioInput>;
export const ScenarioAnswer = ScenarioInput.extend({ scenario: Name });

const AtLeast = AsOf.optional().meta({
  description: 'Answers only with this write taken in, such as one of your own.',
});

const ProfileEntry = z.union([Id, z.strictObject({ item: Id, value: z.number().min(-1e9).max(1e9).default(1) })]);
const Profile = z.array(ProfileEntry).max(LIMITS.profile);

const WITH_NEXT = ['k', 'explain', 'asOf'];

export const RecommendInput = z
  .strictObject({
    user: Id.optional(),
    profile: Profile.optional().meta({ description: 'Items of somebody who is not stored.' }),
    item: Id.optional().meta({ description: 'Asks for what goes with an item.' }),
    next: z.string().max(256).optional().meta({
      description: 'The recommId of an answer: asks for its next page. The rest of the question stays as it was.',
    }),
    boost: asking.boost.optional().meta({ description: 'Besides the rules of the scenario.' }),
    k: asking.k.optional(),
    filter: asking.filter.optional(),
    excludeSeen: asking.excludeSeen.optional(),
    minScore: asking.minScore.optional(),
    diverse: asking.diverse.optional(),
    fallback: asking.fallback.optional(),
    excludeItems: z.array(Id).max(LIMITS.batch).optional(),
    explain: z.boolean().optional(),
    asOf: AtLeast,
  })
  .refine(
    ({ user, profile, item, next }) => [user, profile, item, next].filter((each) => each !== undefined).length === 1,
    {
      message: 'must have one of user, profile, item and next',
    },
  )
  .refine(({ next, ...rest }) => next === undefined || Object.keys(rest).every((name) => WITH_NEXT.includes(name)), {
    message: 'must have nothing beside next but k, explain and asOf',
  });
export type RecommendInput = z.output<typeof RecommendInput>;

const Reason = z.object({
  boost: z.string().optional().meta({ description: 'The filter of the rule that added it.' }),
  item: AnswerId.optional(),
  user: AnswerId.optional(),
  model: z.string().optional(),
  contribution: z.number(),
});
export type Reason = z.output<typeof Reason>;
export const Explained = z.object({ score: z.number(), base: z.number().optional(), reasons: z.array(Reason) });
export type Explained = z.output<typeof Explained>;

/** Who answered, and what the answer knows. */
const Signature = z.object({
  asOf: AsOf,
  model: Name,
  version: z.int(),
  arm: z.string().optional().meta({ description: 'Who of a split has answered.' }),
});

export const RecommendAnswer = Signature.extend({
  recommId: z.string(),
  items: z.array(
    z.object({
      item: AnswerId,
      score: z.number(),
      fallback: z.literal('popularity').optional().meta({
        description: 'Set where the model had nothing to say: the item is what is popular.',
      }),
      base: z.number().optional().meta({ description: 'What the reasons are added to; 0 where it is not named.' }),
      reasons: z.array(Reason).optional(),
    }),
  ),
  fallback: z.boolean().meta({ description: 'Whether the whole list is what is popular.' }),
});
export type RecommendAnswer = z.output<typeof RecommendAnswer>;

export const SimilarItemsInput = z.strictObject({
  item: Id,
  k: K.optional(),
  filter: FilterText.optional(),
  minScore: z.number().optional(),
  asOf: AtLeast,
});
export type SimilarItemsInput = z.output<typeof SimilarItemsInput>;
export const SimilarItemsAnswer = Signature.extend({
  recommId: z.string(),
  items: z.array(z.object({ item: AnswerId, score: z.number() })),
});
export type SimilarItemsAnswer = z.output<typeof SimilarItemsAnswer>;

export const SimilarUsersInput = z.strictObject({
  user: Id,
  k: K.optional(),
  filter: FilterText.optional().meta({ description: 'Of the properties of users.' }),
  minScore: z.number().optional(),
  asOf: AtLeast,
});
export type SimilarUsersInput = z.output<typeof SimilarUsersInput>;
export const PeopleYouMayKnowInput = SimilarUsersInput.extend({
  connections: z.array(EventType).min(1).max(16).default(['follow', 'friend']).meta({
    description: 'Types of events whose item is another user. The last one with somebody says: connected above 0.',
  }),
});
export type PeopleYouMayKnowInput = z.output<typeof PeopleYouMayKnowInput>;
export const SimilarUsersAnswer = Signature.extend({
  users: z.array(z.object({ user: AnswerId, score: z.number() })),
});
export type SimilarUsersAnswer = z.output<typeof SimilarUsersAnswer>;

export const ExplainInput = z
  .strictObject({
    user: Id.optional(),
    profile: Profile.optional(),
    item: Id,
    boost: asking.boost.optional(),
    asOf: AtLeast,
  })
  .refine(({ user, profile }) => (user === undefined) !== (profile === undefined), {
    message: 'must have a user or a profile, and not both',
  });
export type ExplainInput = z.output<typeof ExplainInput>;
export const ExplainAnswer = Signature.extend(Explained.shape);
export type ExplainAnswer = z.output<typeof ExplainAnswer>;

const ArmCompared = z.object({
  arm: z.string(),
  share: z.number(),
  users: z.int().meta({ description: 'Users whom this arm has answered.' }),
  questions: z.int(),
  events: z.array(
    z.object({
      type: z.string(),
      events: z.int().meta({ description: 'Events of the type that name an answer of this arm.' }),
      usersWithEvents: z.int(),
      rate: z.number().meta({ description: 'Events by questions.' }),
    }),
  ),
});
export type ArmCompared = z.output<typeof ArmCompared>;

const DifferenceFound = z.object({
  arm: z.string(),
  against: z.string().meta({ description: 'The first arm.' }),
  type: z.string(),
  difference: z.number().nullable().meta({ description: 'Of the rates; null while there is not enough.' }),
  interval: z.tuple([z.number(), z.number()]).nullable().meta({
    description: 'Holds the difference, and those of the other arms too, with 95%. Users are the unit.',
  }),
  verdict: z.enum(['not-enough', 'open', 'more', 'fewer']),
  says: z.string().meta({ description: 'The same in words.' }),
});
export type DifferenceFound = z.output<typeof DifferenceFound>;

export const ComparisonAnswer = z.object({
  scenario: Name,
  run: z.string().meta({ description: 'Another definition of the scenario begins another run.' }),
  arms: z.array(ArmCompared),
  differences: z.array(DifferenceFound),
  warnings: z.array(z.string()),
  asOf: AsOf,
});
export type ComparisonAnswer = z.output<typeof ComparisonAnswer>;
