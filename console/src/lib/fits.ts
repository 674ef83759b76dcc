/** Whether all the words that were typed begin or stand in a name. */
export const fits = (name: string, typed: string): boolean => {
  const own = name.toLowerCase()
  return typed.toLowerCase().split(/\s+/).every((word) => own.includes(word))
}
