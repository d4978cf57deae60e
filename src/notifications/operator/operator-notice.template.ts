import Handlebars from 'handlebars';
import type { NoticeContent } from '../../platform/notices/index.js';
import type { RenderedMessage } from '../messages/message.js';
import { toHeaderValue } from '../messages/safe-text.js';

const TEXT = `{{subject}}

{{#each paragraphs}}
{{this}}

{{/each}}
{{#each points}}
- {{this}}
{{/each}}

--
Sent by Payhook, once for this occasion. GET /gateways shows how it stands now.
`;

/** As the mails to customers: tables and inline styles, nothing that is loaded, every value escaped. */
const HTML = `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{{subject}}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #16181d !important; }
  .card { background-color: #21242b !important; border-color: #3a3f4a !important; }
  .ink { color: #f0f2f5 !important; }
  .faint { color: #a9b1bd !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f3f4f6;-webkit-text-size-adjust:100%;">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid #dfe3e8;border-radius:8px;border-collapse:separate;">
<tr><td style="padding:28px 24px;font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:16px;line-height:1.55;word-break:break-word;overflow-wrap:anywhere;">
<h1 class="ink" style="margin:0 0 20px;font-size:22px;line-height:1.35;font-weight:600;color:#1a1f29;">{{subject}}</h1>
{{#each paragraphs}}
<p class="ink" style="margin:0 0 12px;color:#1a1f29;">{{this}}</p>
{{/each}}
{{#if points}}
<ul class="ink" style="margin:0 0 20px;padding:0 0 0 22px;color:#1a1f29;">
{{#each points}}
<li style="margin:0 0 8px;">{{this}}</li>
{{/each}}
</ul>
{{/if}}
<p class="faint" style="margin:8px 0 0;font-size:13px;color:#5b6472;">Sent by Payhook, once for this occasion. GET /gateways shows how it stands now.</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;

const options = { strict: true, knownHelpersOnly: true } as const;
const html = Handlebars.compile<NoticeContent>(HTML, options);
const text = Handlebars.compile<NoticeContent>(TEXT, { ...options, noEscape: true });

/** Pure. Operators are written to in English. */
export const renderNotice = (content: NoticeContent): RenderedMessage => ({
  subject: toHeaderValue(content.subject),
  text: text(content),
  html: html(content),
  locale: 'en',
});
