/** What every program of the bench is signed to with. */
export const SECRET = 'whsec_of_the_bench_and_of_nothing_else';
