/** Which columns the command reads: those of the usual data sets, as told, or a refusal that says how to tell. */
import { afterEach, describe, expect, it } from 'vitest';
import { json, kindred, put, refusal } from '../fixtures/processes/command.js';

const rows = (row: (n: number) => string) => Array.from({ length: 12 }, (_, n) => `${row(n)}\n`).join('');

describe('the columns of usual data sets are known', () => {
  it.each([
    [
      'RetailRocket',
      'events.csv',
      `timestamp,visitorid,event,itemid,transactionid\n${rows((n) => `14332213${n + 10}000,${n % 3},view,${n % 4},`)}`,
      { user: 'visitorid', item: 'itemid', value: null, time: 'timestamp' },
    ],
    [
      'UCI Online Retail, whose dates can be read in two ways',
      'retail.csv',
      `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n${rows(
        (n) => `53${n},85${n % 4}A,"LANTERN, WHITE",6,12/1/2010 8:26,2.55,178${n % 3},UK`,
      )}`,
      { user: 'CustomerID', item: 'StockCode', value: null, time: null },
    ],
    [
      'MovieLens',
      'ratings.csv',
      `userId,movieId,rating,timestamp\n${rows((n) => `${n % 3},${n % 4},4.5,9649827${n + 10}`)}`,
      { user: 'userId', item: 'movieId', value: 'rating', time: 'timestamp' },
    ],
    [
      'MovieLens 100K',
      'u.data',
      rows((n) => `${n % 3}\t${n % 4}\t3\t8812509${n + 10}`),
      { user: 1, item: 2, value: 3, time: 4 },
    ],
    [
      'MovieLens 1M',
      'ratings.dat',
      rows((n) => `${n % 3}::${n % 4}::3::9783007${n + 10}`),
      { user: 1, item: 2, value: 3, time: 4 },
    ],
    [
      'Last.fm',
      'user_artists.dat',
      `userID\tartistID\tweight\n${rows((n) => `${n % 3}\t${n % 4}\t138${n}`)}`,
      { user: 'userID', item: 'artistID', value: 'weight', time: null },
    ],
    [
      'Amazon',
      'reviews.json',
      rows((n) => JSON.stringify({ reviewerID: `A${n % 3}`, asin: `B${n % 4}`, overall: 5, unixReviewTime: 1e9 + n })),
      { user: 'reviewerID', item: 'asin', value: 'overall', time: 'unixReviewTime' },
    ],
    [
      'Goodreads',
      'goodreads.csv',
      `user_id,book_id,is_read,rating,is_reviewed\n${rows((n) => `${n % 3},${n % 4},1,5,0`)}`,
      { user: 'user_id', item: 'book_id', value: 'rating', time: null },
    ],
    [
      'Gowalla',
      'loc-gowalla_totalCheckins.txt',
      rows((n) => `${n % 3}\t2010-10-19T23:55:${n + 10}Z\t30.2\t-97.7\t228${n % 4}`),
      { user: 1, item: 5, value: null, time: 2 },
    ],
    [
      'Yelp',
      'reviews.jsonl',
      rows((n) =>
        JSON.stringify({
          review_id: n,
          user_id: `u${n % 3}`,
          business_id: `b${n % 4}`,
          stars: 4,
          date: '2018-07-07 22:09:11',
        }),
      ),
      { user: 'user_id', item: 'business_id', value: 'stars', time: 'date' },
    ],
    [
      'H&M',
      'transactions.csv',
      `t_dat,customer_id,article_id,price\n${rows((n) => `2018-09-2${n % 9},c${n % 3},${n % 4},0.05`)}`,
      { user: 'customer_id', item: 'article_id', value: null, time: 't_dat' },
    ],
    [
      'RecBole',
      'ml.inter',
      `user_id:token\titem_id:token\trating:float\ttimestamp:float\n${rows((n) => `${n % 3}\t${n % 4}\t3\t${n}`)}`,
      { user: 'user_id:token', item: 'item_id:token', value: 'rating:float', time: 'timestamp:float' },
    ],
  ])('%s', async (_, file, text, columns) => {
    const answer = await kindred('train', put(file, text), '-o', 'set.kindred', '--json');
    expect(answer.status, answer.stderr).toBe(0);
    const trained = JSON.parse(answer.stdout);
    expect(trained.columns).toEqual(columns);
    expect(trained.report).toMatchObject({ read: 12, dropped: {} });
  });
});

describe('the columns are said', () => {
  it('on stderr, with the answer', async () => {
    put('said.csv', 'when,userId,movieId\n1,a,x\n2,b,x\n3,b,y\n');
    const { status, stderr } = await kindred('similar', 'said.csv', 'x');
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'said.csv: user "userId", item "movieId", no value\n' });
    const named = await kindred('similar', 'said.csv', '1', '--item-column', '1', '--value-column', 'when', '--header');
    expect(named.stderr).toMatch(/column "when" cannot be both item and value/);
    const byNumber = await kindred('similar', 'said.csv', '1', '--item-column', '1', '--user-column', '3');
    expect(byNumber.stderr).toBe('said.csv: user "movieId", item "when", no value\n');
  });

  it('and of times that were not taken', async () => {
    put('odd-times.csv', 'userId,movieId,date\na,x,1/2/2020\nb,x,3/4/2020\n');
    const { stderr } = await kindred('train', 'odd-times.csv', '-o', 'odd.kindred');
    expect(stderr).toMatch(/no time\nodd-times\.csv: times are not read: "date" holds "1\/2\/2020" \(--time-column/);
    expect(await refusal('train', 'odd-times.csv', '-o', 'odd.kindred', '--time-column', 'date')).toMatch(
      /Line 2: the time/,
    );
  });

  it('values may be left alone', async () => {
    put('left.csv', 'userId,movieId,rating\na,x,bad\nb,x,3\nb,y,2\n');
    expect(await refusal('similar', 'left.csv', 'x')).toMatch(/the value is "bad"/);
    expect((await json('similar', 'left.csv', 'x', '--no-value-column')).columns.value).toBeNull();
  });
});

describe('columns that cannot be told are refused', () => {
  it.each([
    [
      'InvoiceNo,StockCode,Quantity\n1,2,3\n',
      [],
      /"StockCode" is the item, and no usual name tells the user; add --user-column NAME/,
    ],
    [
      'userId,what,rating\na,x,1\n',
      [],
      /"userId" is the user, and no usual name tells the item; add --item-column NAME/,
    ],
    [
      'who,what\na,x\n',
      [],
      /no usual name tells user and item; add --user-column NAME --item-column NAME; or --no-header/,
    ],
    ['ann,tea\nben,tea\n', [], /or --no-header, if this line is data/],
    ['A1,B1,5.0,1365811200\nA2,B1,4.0,1365811201\n', [], /the first line may be data, "5.0" among it; add --no-header/],
    ['1,2\n3,4\n', [], /the first line may be data, "1" among it/],
    ['a,4.88e-01\nb,1.0e+00\n', [], /the first line may be data, "4.88e-01"/],
    ['2020-01-01,a,b\n2020-01-02,c,d\n', [], /may be data, "2020-01-01"/],
    ['who,what\na,x\n', ['--user-column', '1', '--item-column', '2'], /the first line may be data; add --no-header/],
    ['a,b\nc,d\n', ['--no-header', '--user-column', '99'], /--user-column "99": .* a number, from 1 to 2/],
    [
      'user,item\nc,d\n',
      ['--item-column', '99'],
      /--item-column 99: there are 2 columns. The columns are: "user", "item"/,
    ],
    [
      'user,item\nc,d\n',
      ['--user-column', 'user', '--item-column', 'user'],
      /column "user" cannot be both user and item/,
    ],
    ['a,b\nc,d\n', ['--no-header', '--item-column', '1'], /column 1 cannot be both user and item/],
    ['user;item\na;x\n', [], /1 column separated by "," \(--delimiter sets what separates columns: here ";"\)/],
    ['"User-ID";"ISBN"\n"a";"x"\n', [], /--delimiter sets what separates columns: here ";"/],
    ['user,item\na,x\n', ['--min-value', '3'], /--min-value needs values, and no column of values is read/],
    ['user,item\na,x\n', ['--duplicates', 'latest'], /--duplicates latest needs times/],
    ['user,item\na,x\n', ['--time-format', 'iso'], /--time-format needs times/],
  ])('%j %j', async (text, options, message) => {
    expect(await refusal('similar', put('untold.csv', text), 'x', ...options)).toMatch(message);
  });
});

it('a column that is told for one role is free for no other', async () => {
  put('follows.csv', 'userId,customerId\na,x\nb,x\n');
  const { columns } = await json('similar', 'follows.csv', 'a', '--item-column', 'userId');
  expect(columns).toMatchObject({ user: 'customerId', item: 'userId' });
});

it('a header may be long', async () => {
  const names = Array.from({ length: 9000 }, (_, n) => `column ${n}`).join(',');
  const empty = ','.repeat(8999);
  const file = put('wide.csv', `${names},movieId,userId\n${empty},x,a\n${empty},y,a\n`);
  expect((await json('similar', file, 'x')).columns).toMatchObject({ user: 'userId', item: 'movieId' });
});

describe('a date for --at', () => {
  const zone = process.env.TZ;
  afterEach(() => {
    process.env.TZ = zone;
    if (zone === undefined) delete process.env.TZ;
  });
  const judge = (file: string, at: string) =>
    kindred('evaluate', file, '--at', at, '--model', 'popularity', '--no-intervals', '--json');

  it.each([
    ['2024-01-01T15:00', '2024-01-01T15:00:00Z'],
    ['2024-01-01 15:00:30.5', '2024-01-01T15:00:30.500Z'],
    ['2024-01-02', '2024-01-02T00:00:00Z'],
    ['2024-01-01T23:30+09:00', '2024-01-01T14:30:00Z'],
    ['2024-01-01T09:30-0500', '2024-01-01T14:30:00Z'],
  ])('%s is %s, wherever the machine is', async (typed, meant) => {
    const hours = Array.from({ length: 48 }, (_, n) => new Date(Date.UTC(2024, 0, 1, n)).toISOString().slice(0, 19));
    put('hours.csv', `user,item,date\n${hours.map((hour, n) => `u${n % 5},i${n % 7},${hour}\n`).join('')}`);
    for (const place of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      process.env.TZ = place;
      const { status, stdout, stderr } = await judge('hours.csv', typed);
      expect(status, stderr).toBe(0);
      expect(JSON.parse(stdout).split.at).toBe(Date.parse(meant));
    }
  });

  it('is refused if there is no such day, or the times are no dates', async () => {
    put('seconds.csv', 'user,item,timestamp\na,x,964982703\nb,x,964982903\n');
    expect((await judge('seconds.csv', '2023-02-29')).stderr).toMatch(/Expected a number, or a date/);
    expect((await judge('seconds.csv', '2000-07-30')).stderr).toMatch(/another unit than .*--time-format seconds/);
    expect((await judge('seconds.csv', '2000-07-30T18:46')).status).toBe(2);
    const seconds = ['evaluate', 'seconds.csv', '--at', '2000-07-30T18:46', '--time-format', 'seconds'];
    expect((await kindred(...seconds, '--model', 'popularity')).stderr).not.toMatch(/another unit/);
  });
});

describe('JSON lines', () => {
  it('may be long', async () => {
    const long = JSON.stringify({ text: 'z'.repeat(300_000), user: 'a', item: 'x' });
    const { results, columns } = await json('similar', put('long.jsonl', `${long}\n{"user":"a","item":"y"}\n`), 'x');
    expect([results.length, columns.user]).toEqual([1, 'user']);
  });

  it('lose no value, wherever the first one stands', async () => {
    const plain = '{"user":"a","item":"x"}\n';
    const rated = '{"user":"b","item":"x","rating":3}\n';
    const early = put('early.jsonl', plain + rated);
    expect(await refusal('similar', early, 'x')).toMatch(/Line 1: the value is missing.*--no-value-column/);
    const late = put('late.jsonl', plain.repeat(60_000) + rated + plain);
    expect(await refusal('similar', late, 'x')).toMatch(/line 60001 has the field "rating", .* --no-value-column/);
    expect((await json('similar', late, 'x', '--no-value-column')).columns.value).toBeNull();
    const nested = put('nested.jsonl', `${plain.repeat(60_000)}{"user":"b","item":"y","more":{"rating":3}}\n`);
    expect((await kindred('similar', nested, 'x')).status).toBe(0);
  });
});

describe('text that other programs wrote', () => {
  const utf16 = Buffer.from('\ufeffuserId;movieId;rating\nZoë;tea;3,5\nBen;tea;2\nBen;go;1,5\n', 'utf16le');
  const latin = Buffer.from('userId,movieId\nZoë,tea\nBen,tea\nBen,go\n', 'latin1');

  it.each([
    ['UTF-16 by its mark', 'utf16.csv', utf16, ['--delimiter', ';', '--decimal', ',']],
    ['Windows-1252', 'latin.csv', latin, ['--encoding', 'cp1252']],
    ['a separator line', 'separator.csv', 'sep=;\r\nuserId;movieId\r\nZoë;tea\r\nBen;tea\r\nBen;go\r\n', []],
    ['.txt', 'pipes.txt', 'userId|movieId\nZoë|tea\nBen|tea\nBen|go\n', []],
    ['delimiters at the end', 'ends.csv', 'userId,movieId,\nZoë,tea,\nBen,tea,\nBen,go,\n', []],
    ['another name', 'table.text', 'userId\tmovieId\nZoë\ttea\nBen\ttea\nBen\tgo\n', ['--format', 'tsv']],
  ])('is read: %s', async (_, file, content, options) => {
    const { results } = await json('similar', put(file, content), 'Zoë', '--users', ...options);
    expect(results).toEqual([{ id: 'Ben', score: expect.any(Number) }]);
  });

  it('is read with quotes that mean nothing', async () => {
    put('songs.tsv', 'user\titem\nann\t"Weird Al" Yankovic\nann\tAbba\n');
    expect(await refusal('similar', 'songs.tsv', 'Abba')).toMatch(/Line 2: .*--no-quote takes quotes as they are/);
    expect((await json('similar', 'songs.tsv', 'Abba', '--no-quote')).results[0].id).toBe('"Weird Al" Yankovic');
    expect(await refusal('similar', 'songs.tsv', 'Abba', '--quote', 'ab')).toMatch(/Expected one character/);
  });

  it('is read with line breaks in the last column', async () => {
    put('texts.csv', 'user,item,text\nann,x,"one\ntwo, three"\nann,y,\n');
    expect((await json('similar', 'texts.csv', 'x')).results).toHaveLength(1);
    put('rows.csv', 'user,item,text\nann,x,"one\nb,c,d"\nann,y,\n');
    expect(await refusal('similar', 'rows.csv', 'x')).toMatch(/add --line-breaks/);
    expect((await json('similar', 'rows.csv', 'x', '--line-breaks')).results).toHaveLength(1);
  });

  it('is refused with what would read it', async () => {
    expect(await refusal('similar', put('plain-latin.csv', latin), 'tea')).toMatch(/--encoding windows-1252/);
    const unmarked = put('unmarked.csv', utf16.subarray(2));
    expect(await refusal('similar', unmarked, 'tea')).toMatch(/NUL character \(--encoding utf-16le/);
    put('comma.csv', 'user;item;rating\na;x;3,5\n');
    expect(await refusal('similar', 'comma.csv', 'x', '--delimiter', ';')).toMatch(/--decimal , reads decimal commas/);
    expect(await refusal('similar', 'comma.csv', 'x', '--encoding', 'ebcdic')).toMatch(/Expected one of utf-8/);
    expect(
      await refusal('train', put('t.jsonl', '{"user":1,"item":2}\n'), '-o', 'x.kindred', '--decimal', ','),
    ).toMatch(/--decimal is for text in columns/);
  });
});
