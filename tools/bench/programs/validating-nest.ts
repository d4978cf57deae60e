import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { IsInt, IsObject, IsString, validate } from 'class-validator';
import { serveNestPipeline } from './nest-pipeline.js';

class EventDto {
  @IsString() id!: string;
  @IsString() type!: string;
  @IsInt() created!: number;
  @IsObject() data!: object;
}

@Injectable()
class DtoPipe implements PipeTransform<Buffer, Promise<EventDto>> {
  async transform(raw: Buffer): Promise<EventDto> {
    const event = plainToInstance(EventDto, JSON.parse(raw.toString('utf8')));
    if ((await validate(event)).length > 0) throw new BadRequestException();
    return event;
  }
}

await serveNestPipeline(DtoPipe);
