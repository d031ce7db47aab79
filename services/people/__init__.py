"""People: records, documents, cards, finding them, and keeping what is theirs private."""
