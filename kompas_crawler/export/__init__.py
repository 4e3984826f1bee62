"""A window of the archive as one file for a colleague, with a data card that says what it is and what it lacks."""
