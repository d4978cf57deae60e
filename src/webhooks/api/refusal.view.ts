import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { pageViewOf } from '../../platform/http/page.js';
import {
  ACCOUNT,
  COUNT,
  DATE_TIME,
  GATEWAY,
  orNull,
  textOrNull,
  UUID,
} from '../../platform/http/schema-types.js';
import { ALTERATIONS } from '../refusals/body-alterations.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import type { PayloadCipher } from '../inbox/payload-cipher.js';
import type { Refusal } from '../refusals/refusal.entity.js';
import { REFUSAL_REASONS } from '../refusals/refusal-problems.js';

const FINDINGS = [...REFUSAL_REASONS, 'altered_body', 'secret_of_another_account'];

/** What the diagnosis of a refused request found. Operators see it, and the sender never does. */
export class FindingView {
  @ApiProperty({ enum: FINDINGS, example: 'altered_body' }) finding!: string;
  @ApiPropertyOptional({
    enum: ALTERATIONS,
    description: 'How the body seems to have been altered',
    example: 'json_rewritten',
  })
  alteration?: string;
  @ApiPropertyOptional({ description: 'The account whose secret verifies the request' }) account?: string;
  @ApiPropertyOptional({ enum: ['live', 'test'], description: 'The mode of that account' }) mode?: string;
  @ApiPropertyOptional({
    description:
      'What is wrong with its headers; or `not examined`: the time for diagnoses is bounded, and asymmetric ' +
      'signatures get none',
  })
  detail?: string;
}

export class RefusalView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty(DATE_TIME) receivedAt!: string;
  @ApiProperty({ ...GATEWAY, description: '`unknown` where the path names no gateway' }) gateway!: string;
  @ApiProperty(orNull(ACCOUNT)) account!: string | null;
  @ApiProperty({ enum: REFUSAL_REASONS, example: 'no_secret_matches' }) reason!: string;
  @ApiProperty({ type: FindingView }) verdict!: FindingView;
  @ApiProperty(textOrNull('192.0.2.1')) address!: string | null;
  @ApiProperty({ ...orNull(COUNT), description: 'In bytes; null where the body was not read', example: 512 })
  size!: number | null;
  @ApiProperty(
    textOrNull(
      'eyJldmVudCI6InBheW1lbnQudXBkYXRlZCJ9',
      'The first bytes, where they are stored and can be decrypted. Nothing verified them. They expire, and are erased',
    ),
  )
  unverifiedBodyBase64!: string | null;
}

export class RefusalPageView extends pageViewOf(RefusalView) {}

export const toRefusalView = (refusal: Refusal, vault: PayloadCipher): RefusalView => ({
  id: refusal.id,
  receivedAt: refusal.receivedAt.toISOString(),
  gateway: refusal.gateway,
  account: refusal.account,
  reason: refusal.reason,
  verdict: refusal.verdict,
  address: refusal.address,
  size: refusal.size,
  unverifiedBodyBase64: bodyOf(refusal, vault)?.toString('base64') ?? null,
});

/** A key that is missing takes the body out of the view, not the view away. */
function bodyOf({ id, body, bodyKey }: Refusal, vault: PayloadCipher): Buffer | null {
  try {
    return body && vault.decrypt({ id, raw: body, payloadKey: bodyKey });
  } catch (error) {
    if (error instanceof PayloadUnreadableError) return null;
    throw error;
  }
}
