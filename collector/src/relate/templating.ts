const SEGMENTS_MAX = 8

const ID_FORMS = [
  /[0-9]+/, // a number
  /[0-9A-Fa-f]{8,}/, // a hash
  /[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/, // a UUID
  /[A-Za-z0-9_-]{16,}={0,2}/, // base64url, a ULID
  /[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?/, // a date
  /[^@ ]+@[^@ .]+(?:[.][^@ .]+)+/, // an e-mail address
]
const ID = new RegExp(`^(?:${ID_FORMS.map(({ source }) => source).join('|')})$`, 'su')
// A long word is no id: only with a digit in it, or as a UUID or address.
const LOOKS_LIKE_ID = /[0-9@]|^[A-Fa-f]{8}(?:-[A-Fa-f]{4}){3}-[A-Fa-f]{12}$/

/** `/users/42/orders` → `/users/{id}/orders`, and no more than 8 segments. */
export function template(text: string): string {
  const segments = text
    .split('/')
    .map((segment) => (LOOKS_LIKE_ID.test(segment) && ID.test(segment) ? '{id}' : segment))
  const max = text.startsWith('/') ? SEGMENTS_MAX + 1 : SEGMENTS_MAX
  return segments.slice(0, max).join('/') + (segments.length > max ? '/…' : '')
}
