import type { ReactNode } from 'react'

export type Column<T> = {
  head: string
  cell: (row: T) => ReactNode
  /** Numbers stand at the end of their column. */
  numeric?: boolean
  /** On a narrow screen rows become cards of three columns; a wide cell takes the whole line. */
  wide?: boolean
  /** Nothing to label on a card: the cell speaks for itself. */
  speaks?: boolean
  className?: string
}

type RowTableProps<T> = {
  label: string
  columns: Column<T>[]
  rows: readonly T[]
  keyOf: (row: T) => string
}

/** A table that turns into cards below 900 px; roles keep it a table for readers there. */
export function RowTable<T>({ label, columns, rows, keyOf }: RowTableProps<T>) {
  return (
    <table role="table" aria-label={label} className="w-full max-md:block">
      <thead role="rowgroup" className="max-md:sr-only">
        <tr role="row" className="border-b border-hairline">
          {columns.map(({ head, numeric = false, className = '' }) => (
            <th
              key={head}
              role="columnheader"
              scope="col"
              className={`px-2 py-2 text-dense font-normal text-muted first:ps-0 last:pe-0 ${numeric ? 'text-end' : 'text-start'} ${className}`}
            >
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" className="max-md:block">
        {rows.map((row) => (
          <tr
            key={keyOf(row)}
            role="row"
            className="border-b border-hairline hover:bg-surface max-md:grid max-md:grid-cols-3 max-md:gap-x-3 max-md:gap-y-2 max-md:py-4"
          >
            {columns.map((column) => (
              <RowCell key={column.head} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function RowCell<T>({ column, row }: { column: Column<T>; row: T }) {
  const { head, cell, numeric = false, wide = false, speaks = false, className = '' } = column
  return (
    <td
      role="cell"
      className={`px-2 py-2.5 first:ps-0 last:pe-0 max-md:min-w-0 max-md:p-0 ${wide ? 'max-md:col-span-3' : ''} ${numeric ? 'tabular-nums md:text-end' : ''} ${className}`}
    >
      {!speaks && (
        <span aria-hidden className="hidden text-dense text-muted max-md:block">
          {head}
        </span>
      )}
      {cell(row)}
    </td>
  )
}
