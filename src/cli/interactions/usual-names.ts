/** Names that columns of interactions usually have, and files whose columns have none but are known. */

export type Role = 'user' | 'item' | 'value' | 'time';
export const ROLES: readonly Role[] = ['user', 'item', 'value', 'time'];

/**
 * Compared without case, spaces and marks; the first that a file has counts. Among them are those of MovieLens, Amazon,
 * RetailRocket, UCI Online Retail, Last.fm, Goodreads, Book-Crossing, Yelp, Steam, H&M and RecBole's data sets.
 */
const USUAL_NAMES: Readonly<Record<Role, readonly string[]>> = {
  user: [
    ...[
      'user',
      'userid',
      'username',
      'uid',
      'useridx',
      'usersha1',
      'usersid',
      'customer',
      'customerid',
      'customername',
    ],
    ...['visitor', 'visitorid', 'reviewer', 'reviewerid', 'member', 'memberid', 'client', 'clientid', 'account'],
    ...[
      'accountid',
      'buyer',
      'buyerid',
      'shopper',
      'shopperid',
      'listener',
      'reader',
      'readerid',
      'viewer',
      'viewerid',
    ],
    ...['subscriber', 'subscriberid', 'player', 'playerid', 'person', 'personid', 'profileid', 'householdkey', 'msno'],
    ...['session', 'sessionid', 'source'],
  ],
  item: [
    ...['item', 'itemid', 'itemidx', 'itemname', 'iid', 'product', 'productid', 'productname', 'asin', 'parentasin'],
    ...['stockcode', 'sku', 'movie', 'movieid', 'film', 'filmid', 'book', 'bookid', 'isbn', 'article', 'articleid'],
    ...['clickarticleid', 'artist', 'artistid', 'artistname', 'track', 'trackid', 'song', 'songid', 'album', 'albumid'],
    ...['game', 'gameid', 'appid', 'app', 'anime', 'animeid', 'recipe', 'recipeid', 'joke', 'jokeid', 'news', 'newsid'],
    ...['video', 'videoid', 'show', 'series', 'business', 'businessid', 'venue', 'venueid', 'location', 'locationid'],
    ...['place', 'placeid', 'poi', 'poiid', 'course', 'courseid', 'job', 'jobid', 'package', 'library', 'target'],
    ...['eventid', 'event'],
  ],
  value: [
    ...['rating', 'value', 'score', 'stars', 'starrating', 'overall', 'bookrating', 'userrating', 'weight', 'plays'],
    ...['playcount', 'listens', 'listencount', 'strength'],
  ],
  time: [
    ...['timestamp', 'time', 'datetime', 'date', 'unixreviewtime', 'unixtime', 'ts', 'createdat', 'eventtime'],
    ...['interactiontime', 'clicktimestamp', 'checkintime', 'invoicedate', 'orderdate', 'tdat', 'dateadded'],
  ],
};

/** The first usual name among those of the columns. */
export function usualName(role: Role, names: readonly string[]): string | undefined {
  // RecBole writes the type of a column behind its name.
  const plain = names.map((name) =>
    name
      .toLowerCase()
      .replace(/:(token|float)(_seq)?$/, '')
      .replaceAll(/[\s_.-]/g, ''),
  );
  for (const usual of USUAL_NAMES[role]) if (plain.includes(usual)) return names[plain.indexOf(usual)];
  return undefined;
}

/** Whether the names say who had what. */
export function namesBoth(names: readonly string[]): boolean {
  return usualName('user', names) !== undefined && usualName('item', names) !== undefined;
}

/** The numbers of columns, from 0. */
export type Layout = Readonly<Partial<Record<Role, number>>> & { readonly user: number; readonly item: number };

const MOVIELENS: Layout = { user: 0, item: 1, value: 2, time: 3 };

/** What the columns of a file without header are, if its name, its delimiter and its first line leave no doubt. */
export function layoutOf(file: string, delimiter: string, first: readonly string[]): Layout | undefined {
  const areNumbers = first.every((field) => /^-?\d+(\.\d+)?$/.test(field));
  const isMovieLens = delimiter === '::' || /^(u\.data|u[1-5ab]\.(base|test))$/i.test(file);
  if (isMovieLens && first.length === 4 && areNumbers) return MOVIELENS;
  const isCheckins = /^loc-(gowalla|brightkite)_totalcheckins\.txt$/i.test(file.replace(/\.gz$/i, ''));
  return isCheckins && first.length === 5 ? { user: 0, time: 1, item: 4 } : undefined;
}
