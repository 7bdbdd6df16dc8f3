"""Work on plain text of any language: blocks, dates, roles, words. Add a language here."""
