/**
 * The frame of every mail: a card on a page, light or dark, for screens from 320 px on. The style element is only for dark
 * mode; a client that drops it shows the message correctly. The view has `lang`, `subject`, `title` and `automatic`, the
 * last line.
 */
export const framed = (body: string): string => `<!doctype html>
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
${body}
<p class="faint" style="margin:8px 0 0;font-size:13px;color:#5b6472;">{{automatic}}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
