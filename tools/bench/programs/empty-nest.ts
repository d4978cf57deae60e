import { Injectable, type PipeTransform } from '@nestjs/common';
import { serveNestPipeline } from './nest-pipeline.js';

@Injectable()
class JsonPipe implements PipeTransform<Buffer, unknown> {
  transform(raw: Buffer): unknown {
    return JSON.parse(raw.toString('utf8'));
  }
}

await serveNestPipeline(JsonPipe);
