/**
 * The HTML of every message. Mail clients support little CSS, so it uses tables and inline styles. The style element is
 * only for dark mode; a client that drops it shows the message correctly. The HTML loads nothing. Every value is
 * escaped.
 */
export const HTML_TEMPLATE = `<!doctype html>
<html lang="{{lang}}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{{subject}}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #16181d !important; }
  .card { background-color: #21242b !important; border-color: #3a3f4a !important; }
  .ink { color: #f0f2f5 !important; }
  .faint { color: #a9b1bd !important; }
  .line { border-color: #3a3f4a !important; }
  .button { background-color: #8ab4ff !important; }
  .button a { color: #10131a !important; }
  .link { color: #8ab4ff !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f3f4f6;-webkit-text-size-adjust:100%;">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid #dfe3e8;border-radius:8px;border-collapse:separate;">
<tr><td style="padding:28px 24px;font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans','Noto Sans Devanagari','Nirmala UI',sans-serif;font-size:16px;line-height:1.55;word-break:break-word;overflow-wrap:anywhere;">
<h1 class="ink" style="margin:0 0 20px;font-size:22px;line-height:1.35;font-weight:600;color:#1a1f29;">{{title}}</h1>
<p class="ink" style="margin:0 0 12px;color:#1a1f29;">{{greeting}}</p>
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
<a href="{{link}}" style="display:inline-block;padding:12px 24px;color:#ffffff;font-weight:600;text-decoration:none;">{{retryButton}}</a>
</td></tr>
</table>
<p class="faint" style="margin:0 0 20px;font-size:14px;color:#5b6472;">{{plainUrlLead}}<br><a class="link" href="{{link}}" style="color:#1f5fd6;word-break:break-all;">{{link}}</a></p>
{{/if}}
{{#each notes}}
<p class="ink" style="margin:0 0 16px;color:#1a1f29;">{{this}}</p>
{{/each}}
<p class="faint" style="margin:8px 0 0;font-size:13px;color:#5b6472;">{{automatic}}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
