"""One file per change of the tables; each says what it changes and why."""
