/** Something the person at the terminal can mend: its message is all they see. */
export class Failure extends Error {}
