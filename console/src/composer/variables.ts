import { createContext } from 'react'

/** Values that texts may use beside those that are always there: of the event that fires a program. */
export const MoreVariables = createContext<readonly string[]>([])
