/** The plain text of every message. Nothing is escaped: what others wrote comes cleaned, one line each. */
export const TEXT_TEMPLATE = `{{greeting}}

{{title}}

{{explanation}}

{{#if details}}
{{#each details}}
{{label}}: {{value}}
{{/each}}

{{/if}}
{{#if link}}
{{retryLead}}
{{link}}

{{/if}}
{{#each notes}}
{{this}}

{{/each}}
--
{{automatic}}
`;
