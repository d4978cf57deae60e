import root, { BENCH } from '../../eslint.config.mjs';

/** The rules of the project. They need the packages of the bench, so the project's own run leaves the bench out. */
export default root.filter(({ name }) => name !== BENCH);
