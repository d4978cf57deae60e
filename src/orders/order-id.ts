/**
 * Ids of orders are 1 to 255 printable ASCII characters. `.` and `..` cannot stand in a path. A payment may name any other
 * order: nobody could reach it, so it is none.
 */
export const isOrderId = (id: string): boolean =>
  /^[\x20-\x7e]{1,255}$/.test(id) && id !== '.' && id !== '..';
