"""Work on plain text of any language: blocks, dates, roles, words. A language is added here."""
