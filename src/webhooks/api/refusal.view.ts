import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ALTERATIONS } from '../refusals/body-alterations.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import type { PayloadCipher } from '../inbox/payload-cipher.js';
import type { Refusal } from '../refusals/refusal.entity.js';
import { REFUSAL_REASONS } from '../refusals/refusals.service.js';

const FINDINGS = [...REFUSAL_REASONS, 'altered_body', 'secret_of_another_account'];

/** What looking closer has found: for the operator, never for the caller. */
export class FindingView {
  @ApiProperty({ enum: FINDINGS }) finding!: string;
  @ApiPropertyOptional({ enum: ALTERATIONS, description: 'How the body seems to have been altered' })
  alteration?: string;
  @ApiPropertyOptional({ description: 'The account whose secret proves it' }) account?: string;
  @ApiPropertyOptional({ enum: ['live', 'test'], description: "That account's mode" }) mode?: string;
  @ApiPropertyOptional({
    description:
      'What is wrong with its headers; or `not examined`, as the time for closer looks is bounded and asymmetric signatures get none',
  })
  detail?: string;
}

export class RefusalView {
  @ApiProperty() id!: string;
  @ApiProperty() receivedAt!: string;
  @ApiProperty({ description: 'As configured; unknown where the path names none' }) gateway!: string;
  @ApiProperty({ type: String, nullable: true }) account!: string | null;
  @ApiProperty({ enum: REFUSAL_REASONS }) reason!: string;
  @ApiProperty({ type: FindingView }) verdict!: FindingView;
  @ApiProperty({ type: String, nullable: true }) address!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Bytes; null where the body was not read' })
  size!: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The first bytes, where they are kept and can be decrypted: nobody vouches for them. Expires, and is erased',
  })
  unverifiedBodyBase64!: string | null;
}

export class RefusalPageView {
  @ApiProperty({ type: [RefusalView] }) items!: RefusalView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

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
