/** Who are friends, who should come to what, and why: 18 women, 14 events, 1930s. Run: node examples/southern-women.js */
import { readFile } from 'node:fs/promises';
import { Interactions, UserKnn } from 'kindred/recommend';

const csv = await readFile(new URL('data/southern-women/attendance.csv', import.meta.url));
const attendance = await Interactions.fromCsv(csv, { user: 'woman', item: 'event' });
const model = UserKnn.fit(attendance, { neighbors: 5 });

console.log(`${attendance.users.length} women, ${attendance.items.length} events, ${attendance.size} attendances`);

console.log('\nFriends');
for (const woman of attendance.users) {
  const friends = model.similarUsers(woman, 3).map(({ user, score }) => `${user} ${score.toFixed(2)}`);
  console.log(`  ${woman.padEnd(10)} ${friends.join(', ')}`);
}

console.log('\nWhat Pearl would have liked');
for (const { item, score } of model.recommend('Pearl', { k: 3 })) {
  const because = model
    .explain('Pearl', item)
    .reasons.map(({ user, contribution }) => `${user} ${contribution.toFixed(2)}`);
  console.log(`  ${item.padEnd(4)} ${score.toFixed(2)} = ${because.join(' + ')}`);
}

console.log('\nA newcomer who was seen at E10 and E12');
for (const { item, score } of model.recommendFor(['E10', 'E12'], { k: 3 })) {
  console.log(`  ${item.padEnd(4)} ${score.toFixed(2)}`);
}
