import { framed } from './html.frame.js';

/**
 * The HTML of every message to a customer, in the frame of all mails. Mail clients support little CSS, so it uses tables
 * and inline styles. The HTML loads nothing. Every value is escaped.
 */
export const HTML_TEMPLATE = framed(`<p class="ink" style="margin:0 0 12px;color:#1a1f29;">{{greeting}}</p>
<p class="ink" style="margin:0 0 20px;color:#1a1f29;">{{explanation}}</p>
{{#if details}}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px;">
{{#each details}}
<tr>
<td class="faint line" valign="top" style="padding:9px 16px 9px 0;border-top:1px solid #e3e7ec;color:#5b6472;white-space:nowrap;word-break:normal;font-size:15px;">{{label}}</td>
<td class="ink line" valign="top" width="100%" style="padding:9px 0;border-top:1px solid #e3e7ec;color:#1a1f29;font-size:15px;font-weight:600;word-break:break-word;overflow-wrap:anywhere;">{{value}}</td>
</tr>
{{/each}}
</table>
{{/if}}
{{#if link}}
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;">
<tr><td class="button" align="center" style="background-color:#1f5fd6;border-radius:6px;">
<a href="{{link}}" style="display:inline-block;padding:12px 24px;color:#ffffff;font-weight:600;text-decoration:none;">{{button}}</a>
</td></tr>
</table>
<p class="faint" style="margin:0 0 20px;font-size:14px;color:#5b6472;">{{plainUrlLead}}<br><a class="link" href="{{link}}" style="color:#1f5fd6;word-break:break-all;">{{link}}</a></p>
{{/if}}
{{#each notes}}
<p class="ink" style="margin:0 0 16px;color:#1a1f29;">{{this}}</p>
{{/each}}`);
