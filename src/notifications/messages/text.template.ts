/**
 * The plain text of every message. Values are not escaped. Text of others was reduced to one safe line by safe-text.ts.
 */
export const TEXT_TEMPLATE = `{{greeting}}

{{title}}

{{explanation}}

{{#if details}}
{{#each details}}
{{label}}: {{value}}
{{/each}}

{{/if}}
{{#if link}}
{{lead}}
{{link}}

{{/if}}
{{#each notes}}
{{this}}

{{/each}}
--
{{automatic}}
`;
