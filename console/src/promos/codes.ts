/** Codes as they are pasted: one on a line, or with commas and semicolons between them; each once. */
export const codesOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))]
