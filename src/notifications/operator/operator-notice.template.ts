import Handlebars from 'handlebars';
import type { NoticeContent } from '../../platform/notices/index.js';
import { framed } from '../messages/html.frame.js';
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
{{automatic}}
`;

/** In the frame of the mails to customers: inline styles, nothing that is loaded, every value escaped. */
const HTML = framed(`{{#each paragraphs}}
<p class="ink" style="margin:0 0 12px;color:#1a1f29;">{{this}}</p>
{{/each}}
{{#if points}}
<ul class="ink" style="margin:0 0 20px;padding:0 0 0 22px;color:#1a1f29;">
{{#each points}}
<li style="margin:0 0 8px;">{{this}}</li>
{{/each}}
</ul>
{{/if}}`);

/** The values that the templates may use. */
interface View extends NoticeContent {
  lang: string;
  title: string;
  automatic: string;
}

const WHERE = 'GET /gateways';

const options = { strict: true, knownHelpersOnly: true } as const;
const html = Handlebars.compile<View>(HTML, options);
const text = Handlebars.compile<View>(TEXT, { ...options, noEscape: true });

/** Pure. Operators are written to in English. */
export function renderNotice(content: NoticeContent): RenderedMessage {
  const automatic = `Sent by Payhook, once for this occasion. ${content.where ?? WHERE} shows how it stands now.`;
  const view: View = { ...content, lang: 'en', title: content.subject, automatic };
  return { subject: toHeaderValue(content.subject), text: text(view), html: html(view), locale: view.lang };
}
