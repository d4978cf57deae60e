import { fieldOf } from '../fields/wire-fields.js';

/** 1 to 128 characters, none a control character or half of one; `.` and `..` would walk up the API's path. */
export function isOrderId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[^\p{Cc}\p{Cs}]{1,128}$/u.test(value) &&
    value.length <= 128 &&
    value !== '.' &&
    value !== '..'
  );
}

/**
 * Where a notification may name its order. Its format is not documented: these are the places the API's own answers
 * and the official plugins use. The first that says anything counts, whether or not it can be an id.
 */
export function orderIdIn(body: unknown): unknown {
  const data = fieldOf(body, 'data');
  const places = [
    fieldOf(body, 'order_id'),
    fieldOf(fieldOf(data, 'order'), 'order_id'),
    fieldOf(data, 'order_id'),
    fieldOf(body, 'orderId'),
  ];
  return places.find((value) => value !== undefined && value !== null && value !== '');
}
