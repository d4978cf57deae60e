/**
 * Keeps at most `limit` values by a key. Keys come from gateways and customers (locales, currencies), so without a bound
 * a stranger could fill the memory. The key that was added first is dropped first.
 */
export class BoundedCache<Value> {
  private readonly values = new Map<string, Value>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.values.size;
  }

  get(key: string, make: () => Value): Value {
    const known = this.values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (this.values.size >= this.limit) this.values.delete(this.values.keys().next().value ?? '');
    this.values.set(key, value);
    return value;
  }
}
