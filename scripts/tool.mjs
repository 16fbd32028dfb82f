import { inClone } from './paths.mjs'

/** A program of an installed package. @param {string} name @param {string[]} args */
export function tool(name, args = []) {
  return { command: inClone(`node_modules/.bin/${name}`), args }
}
