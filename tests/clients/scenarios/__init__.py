"""One file per mail program or promise; each `@test` is one line of the result."""
