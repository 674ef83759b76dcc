/** What an edited box says as a template. Chips say their source; a line break at the very end only holds the caret. */
export function written(box: HTMLElement): string {
  const told = inside(box).replaceAll('\u200b', '').replaceAll('\u00a0', ' ')
  const last = [...box.childNodes].filter((it) => it.textContent !== '\u200b' && it.textContent !== '' || it instanceof HTMLBRElement).at(-1)
  return last instanceof HTMLBRElement && told.endsWith('\n') ? told.slice(0, -1) : told
}

function inside(node: Node): string {
  return [...node.childNodes]
    .map((it) => {
      if (it instanceof Text) return it.data
      if (it instanceof HTMLBRElement) return '\n'
      if (!(it instanceof HTMLElement)) return ''
      const source = it.dataset['source']
      if (source !== undefined) return source
      return it.tagName === 'DIV' || it.tagName === 'P' ? `\n${inside(it)}` : inside(it)
    })
    .join('')
}
