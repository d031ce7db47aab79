"""Groups of people: labels that hang on a person, rules that find people, and saved groups.

`delicate` → `labels` (the clinic's words) ← `carried` (who carries them). `rule` (a group as data)
→ `whole`, `conditions` → `filters` (one query) → `members`, `asking` (who, beside the window);
`checks` (what cannot be) → `saved` (kept under a name); `reading` (aloud); `offers` and `draft` (as
a form); `life_cycle`, `payments`.
"""
