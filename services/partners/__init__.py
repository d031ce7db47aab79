"""Partner institutions: written terms, introductions with the patient's word, and what is due."""
