import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/platform/database/data-source-options.js';
import { schema } from './src/schema/index.js';

/** For the TypeORM command line only: `DATABASE_URL` names the database it works on. The service never reads this file. */
const url = process.env.DATABASE_URL;
if (url === undefined || url === '') {
  throw new Error('Set DATABASE_URL to the database that the TypeORM command line should work on.');
}

export default new DataSource(dataSourceOptions(url, schema));
