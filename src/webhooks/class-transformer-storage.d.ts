/** Not in the package's own types; @nestjs/mapped-types reads the same. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
