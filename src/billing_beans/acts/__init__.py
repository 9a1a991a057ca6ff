"""Verbs that a user says. Each works on a fork of the books and returns facts, or raises one error that says what to do."""
